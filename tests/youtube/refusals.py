"""What the player says about a video that it does not play, in YouTube's own words."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from .faults import Fault
from .wire import Json


@dataclass(frozen=True, slots=True)
class Refusal:
    status: str
    reason: str
    subreason: str | None = None
    upcoming: bool = False
    captcha: bool = False

    def playability(self) -> Json:
        said: Json = {"status": self.status, "reason": self.reason}
        if self.captcha:
            return said | {"errorScreen": {"playerCaptchaViewModel": {"isVisible": True}}}
        message: Json = {"reason": {"simpleText": self.reason}}
        if self.subreason:
            message["subreason"] = {"simpleText": self.subreason}
        return said | {"errorScreen": {"playerErrorMessageRenderer": message}}


GONE = "Video unavailable"
LOGIN, UNPLAYABLE, ERROR, OFFLINE = "LOGIN_REQUIRED", "UNPLAYABLE", "ERROR", "LIVE_STREAM_OFFLINE"

REFUSALS: dict[Fault, Refusal] = {
    Fault.PRIVATE: Refusal(
        LOGIN, "Private video", "Sign in if you've been granted access to this video"
    ),
    Fault.REMOVED: Refusal(ERROR, GONE, "This video has been removed by the uploader"),
    Fault.TERMINATED: Refusal(
        ERROR,
        GONE,
        "This video is no longer available because the YouTube account associated with this "
        "video has been terminated.",
    ),
    Fault.TOS: Refusal(
        ERROR, "This video has been removed for violating YouTube's Terms of Service"
    ),
    Fault.COPYRIGHT: Refusal(
        UNPLAYABLE,
        GONE,
        "This video contains content from Example Music, who has blocked it on copyright grounds",
    ),
    Fault.AGE: Refusal(
        LOGIN, "Sign in to confirm your age", "This video may be inappropriate for some users."
    ),
    Fault.MEMBERS: Refusal(
        UNPLAYABLE,
        "Join this channel to get access to members-only content like this video, "
        "and other exclusive perks.",
    ),
    Fault.MEMBERS_LEVEL: Refusal(
        UNPLAYABLE,
        "This video is available to this channel's members on level: Gold (or any higher level). "
        "Join this channel to get access to members-only content and other exclusive perks.",
    ),
    Fault.PREMIUM: Refusal(UNPLAYABLE, "This video is only available to Music Premium members"),
    Fault.PAID: Refusal(UNPLAYABLE, "This video requires payment to watch"),
    Fault.GEO: Refusal(
        UNPLAYABLE,
        GONE,
        "The uploader has not made this video available in your country",
    ),
    Fault.UPCOMING: Refusal(OFFLINE, "This live event will begin in 3 hours.", upcoming=True),
    Fault.PREMIERE: Refusal(OFFLINE, "Premieres in 3 hours", upcoming=True),
    Fault.LIVE_ENDED: Refusal(OFFLINE, "This live stream recording is not available."),
    Fault.PROCESSING: Refusal(UNPLAYABLE, "We're processing this video. Check back later."),
    Fault.BOT: Refusal(LOGIN, "Sign in to confirm you’re not a bot"),
    Fault.SESSION_LIMIT: Refusal(UNPLAYABLE, "This content isn't available, try again later."),
    Fault.CAPTCHA: Refusal(UNPLAYABLE, "Confirm that you are human", captcha=True),
    Fault.UNAVAILABLE: Refusal(ERROR, GONE),
}

ALLOWED_IN = ("JP", "KR")

# What a playlist calls a video that it still holds but nobody may see.
LOST_AS_PRIVATE = frozenset({Fault.PRIVATE})
LOST_AS_DELETED = frozenset({Fault.REMOVED, Fault.TERMINATED, Fault.TOS, Fault.COPYRIGHT})


def refusal_for(faults: Collection[Fault]) -> Refusal | None:
    return next((REFUSALS[fault] for fault in faults if fault in REFUSALS), None)

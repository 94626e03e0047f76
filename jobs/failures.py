"""The one table of failure codes: what happened, and what happens next."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class FailureType(StrEnum):
    """The nine families a code belongs to, for filters and charts."""

    NETWORK = "network"
    TIMEOUT = "timeout"
    RATE_LIMITED = "rate_limited"
    BLOCKED = "blocked"
    UNAVAILABLE = "unavailable"
    PERMISSION = "permission"
    RESOURCE = "resource"
    VALIDATION = "validation"
    INTERNAL = "internal"


class Policy(StrEnum):
    """What the engine does by itself with a job that failed so."""

    PERMANENT = "permanent"  # dead letter at once
    RETRY = "retry"  # again after a pause, an attempt is spent
    HOLD = "hold"  # the lanes stop, no attempt is spent
    SNOOZE = "snooze"  # later, no attempt is spent; a parent does not wait for it
    AGAIN = "again"  # after a short pause, no attempt is spent


NOT_RETRIED = "It is not retried by itself."
# The causes of holds that are looked at; for the others a job tries.
HOLD_ENDS: Mapping[str, str] = MappingProxyType(
    {
        "cookies": "once the cookies file has changed",
        "disk": "once there is room on the disk",
        "media_root": "once the media folder is there and takes files",
    }
)
_WHILE_HELD = {
    "youtube": (
        "Work on YouTube pauses for everyone and one job tries again after the cool-down; "
        "this job loses no attempt."
    ),
} | {
    cause: f"Such work pauses and goes on by itself {end}; no attempt is spent."
    for cause, end in HOLD_ENDS.items()
}
_BY_POLICY = {
    Policy.PERMANENT: NOT_RETRIED,
    Policy.RETRY: "It is retried by itself after a growing pause.",
    Policy.SNOOZE: "It is looked at again when announced, or in an hour; no attempt is spent.",
    Policy.AGAIN: "It is tried again by itself after a short pause; no attempt is spent.",
}


@dataclass(frozen=True, slots=True)
class Failure:
    """One row of the table, for an operator at night; `action` is what a person may do.

    `afterwards` is what the engine still does when the job has ended; for all others, nothing.
    """

    code: str
    type: FailureType
    sentence: str
    action: str
    policy: Policy
    hold: str = ""
    afterwards: str = ""

    @property
    def by_itself(self) -> str:
        """What the engine does with such a job while it has retries."""
        return self.afterwards or _WHILE_HELD.get(self.hold) or _BY_POLICY[self.policy]

    @property
    def what_next(self) -> str:
        """Where it is told of the failure, and not of one job."""
        return f"{self.by_itself} {self.action}"

    def columns(self, message: str) -> dict[str, str]:
        """As a job carries it, with the words of what has happened this time."""
        return {
            "failure_code": self.code,
            "failure_type": str(self.type),
            "error_message": message,
        }

    @property
    def retryable(self) -> bool:
        """Whether a bulk retry may take it."""
        return self.policy is not Policy.PERMANENT


NETWORK, TIMEOUT, RATE_LIMITED = FailureType.NETWORK, FailureType.TIMEOUT, FailureType.RATE_LIMITED
BLOCKED, UNAVAILABLE, PERMISSION = (
    FailureType.BLOCKED,
    FailureType.UNAVAILABLE,
    FailureType.PERMISSION,
)
RESOURCE, VALIDATION, INTERNAL = FailureType.RESOURCE, FailureType.VALIDATION, FailureType.INTERNAL
PERMANENT, RETRY, HOLD = Policy.PERMANENT, Policy.RETRY, Policy.HOLD
SNOOZE, AGAIN = Policy.SNOOZE, Policy.AGAIN


def _by_code(rows: Iterable[Failure]) -> Mapping[str, Failure]:
    return MappingProxyType({row.code: row for row in rows})


# fmt: off
_AT_THE_SOURCE = (
    Failure("video_removed", UNAVAILABLE,
            "The video no longer exists on YouTube.",
            "A copy that is already here stays.", PERMANENT),
    Failure("video_private", PERMISSION,
            "The uploader has made the video private.",
            "Retry it if it becomes public, or with cookies that may see it.",
            PERMANENT),
    Failure("video_unavailable", UNAVAILABLE,
            "YouTube says the video is not available and gives no reason.",
            "If it stays so, open the video in a browser.", RETRY),
    Failure("account_terminated", UNAVAILABLE,
            "The account that uploaded the video is closed.",
            "Copies that are already here stay.", PERMANENT),
    Failure("tos_removed", UNAVAILABLE,
            "YouTube removed the video for breaking its rules.",
            "A copy that is already here stays.", PERMANENT),
    Failure("copyright_blocked", UNAVAILABLE,
            "The video is blocked because of a copyright claim.",
            "A copy that is already here stays.", PERMANENT),
    Failure("geo_blocked", BLOCKED,
            "The video may not be watched in this country.",
            "Set a proxy in a country where it may be watched, then retry it.",
            PERMANENT),
    Failure("members_only", PERMISSION,
            "The video is for members of the channel.",
            "Give cookies of a member's account, then retry it.", PERMANENT),
    Failure("premium_only", PERMISSION,
            "The video is for Premium subscribers.",
            "Give cookies of a Premium account, then retry it.", PERMANENT),
    Failure("payment_required", PERMISSION,
            "The video has to be bought or rented.",
            "Give cookies of an account that has paid, then retry it.", PERMANENT),
    Failure("age_restricted", PERMISSION,
            "YouTube shows the video only to a signed-in adult.",
            "Give cookies of an adult's account, then retry it.", PERMANENT),
    Failure("channel_not_found", UNAVAILABLE,
            "There is no such channel on YouTube.",
            "Check the address: the channel may have a new name.", PERMANENT),
    Failure("channel_terminated", UNAVAILABLE,
            "YouTube has closed the channel.",
            "Copies that are already here stay.", PERMANENT),
    Failure("channel_has_no_tab", UNAVAILABLE,
            "The channel does not have this tab.",
            "Choose tabs the channel has in its settings.", PERMANENT),
    Failure("channel_not_live", UNAVAILABLE,
            "The channel is not broadcasting now.",
            "Use the channel's streams tab for past broadcasts.", RETRY),
    Failure("playlist_not_found", UNAVAILABLE,
            "The playlist does not exist or is private.",
            "Check the address; a private playlist needs its owner's cookies.",
            PERMANENT),
    Failure("drm_protected", UNAVAILABLE,
            "The video is copy-protected and cannot be saved.",
            "Nothing can be done here.", PERMANENT),
    Failure("live_recording_unavailable", UNAVAILABLE,
            "The broadcast is over and YouTube offers no recording.",
            "A recording sometimes appears hours later; retry it then.", RETRY),
    Failure("premiere", UNAVAILABLE,
            "The video premieres later.",
            "Wait for the premiere.", SNOOZE),
    Failure("live_not_started", UNAVAILABLE,
            "The broadcast has not started.",
            "Wait until it has been broadcast.", SNOOZE),
    Failure("still_processing", UNAVAILABLE,
            "YouTube is still processing the video.",
            "Wait until YouTube is done with it.", SNOOZE),
    Failure("no_formats", UNAVAILABLE,
            "YouTube offered pictures but no video or sound.",
            "If many videos say so, update yt-dlp.", RETRY),
    Failure("needs_newer_ytdlp", BLOCKED,
            "YouTube has changed and this yt-dlp cannot read the video.",
            "Update yt-dlp, and install a JavaScript runtime if there is none.",
            RETRY),
    Failure("format_unavailable", VALIDATION,
            "The video does not exist in the wanted format.",
            "Choose another profile, then retry it.", PERMANENT),
)

_YOUTUBE_REFUSES = (
    Failure("youtube_blocked", BLOCKED,
            "YouTube refused the file, also with a fresh address.",
            "Retry it by name later, or with cookies or another proxy.", PERMANENT),
    Failure("media_not_found", UNAVAILABLE,
            "The address YouTube gave for the file leads nowhere.",
            "Each retry gets a fresh address; if it stays so, retry it later.", RETRY),
    Failure("bot_check", BLOCKED,
            "YouTube asks for a sign-in to prove this is not a bot.",
            "Cookies, more pacing or another proxy help.", HOLD, "youtube"),
    Failure("too_many_requests", RATE_LIMITED,
            "YouTube says there were too many requests.",
            "More pacing helps.", HOLD, "youtube"),
    Failure("session_limited", RATE_LIMITED,
            "YouTube has limited this session for up to an hour.",
            "More pacing helps.", HOLD, "youtube"),
    Failure("captcha", BLOCKED,
            "YouTube asks to solve a captcha.",
            "Cookies or another proxy help.", HOLD, "youtube"),
    Failure("ip_blocked", BLOCKED,
            "YouTube refuses requests from this address.",
            "Another proxy helps.", HOLD, "youtube"),
    Failure("cookies_refused", PERMISSION,
            "YouTube no longer accepts the cookies.",
            "Export fresh cookies.", HOLD, "cookies"),
)

_ON_THE_WAY = (
    Failure("network_down", NETWORK,
            "This machine has no network.", "Check the connection.", RETRY),
    Failure("dns_failed", NETWORK,
            "The name of the server could not be looked up.",
            "Check the connection and the name server.", RETRY),
    Failure("connection_refused", NETWORK,
            "The server refused the connection.",
            "Check the proxy and the firewall if it stays so.", RETRY),
    Failure("connection_reset", NETWORK,
            "The connection broke off.", "Check the connection if it stays so.", RETRY),
    Failure("proxy_failed", NETWORK,
            "The proxy could not be reached or would not connect.",
            "Check the proxy setting.", RETRY),
    Failure("certificate_untrusted", NETWORK,
            "The server's certificate is not trusted.",
            "Check the clock, and whether a proxy opens encrypted traffic.", RETRY),
    Failure("server_error", NETWORK,
            "YouTube's server had an error.", "If it stays so, retry it later.", RETRY),
    Failure("bad_answer", NETWORK,
            "YouTube's answer was empty or could not be read.",
            "If it stays so, update yt-dlp.", RETRY),
    Failure("incomplete_listing", NETWORK,
            "YouTube sent only a part of the list.",
            "Nothing is taken as removed because of it; retry it later if it stays so.", RETRY),
    Failure("truncated_media", NETWORK,
            "The file broke off before its end.",
            "Nothing is kept of it; if it stays so, retry it later.", RETRY),
    Failure("short_media", NETWORK,
            "The file is shorter than the video should be.",
            "Nothing is kept of it; if it stays so, retry it later.", RETRY),
    Failure("read_timeout", TIMEOUT,
            "The server did not answer in time.", "Check the connection if it stays so.", RETRY),
    Failure("sidecar_failed", NETWORK,
            "Captions or a picture could not be fetched.",
            "The video itself is not affected; retry it later if it stays so.", RETRY),
)

_ON_THIS_MACHINE = (
    Failure("disk_full", RESOURCE,
            "The disk is full.", "Free some space.", HOLD, "disk"),
    Failure("media_root_missing", RESOURCE,
            "The media folder is not there.",
            "Mount the disk or check MEDIA_ROOT.", HOLD, "media_root"),
    Failure("media_root_read_only", RESOURCE,
            "The media folder cannot be written to.",
            "Check the mount and the permissions.", HOLD, "media_root"),
    Failure("bad_format_selector", VALIDATION,
            "The format expression cannot be read.",
            "Correct the expression in the job or the profile, then retry it.",
            PERMANENT),
    Failure("ffmpeg_missing", RESOURCE,
            "ffmpeg was not found on this machine.",
            "Install ffmpeg or name it in FFMPEG, then retry it.",
            PERMANENT),
    Failure("conversion_failed", RESOURCE,
            "ffmpeg could not join or convert the file.",
            "Check the free space; the job's log has ffmpeg's words.", RETRY),
    Failure("name_too_long", VALIDATION,
            "The file name is too long for this disk.",
            "Choose a shorter folder, then retry it.", PERMANENT),
    Failure("file_too_large", RESOURCE,
            "The file is larger than this system allows.",
            "Raise the limit or choose a lower quality, then retry it.", PERMANENT),
    Failure("file_unreadable", RESOURCE,
            "The downloaded file cannot be read as video or sound.",
            "Nothing is kept of it; if it stays so, retry it later.", RETRY),
    Failure("name_taken", RESOURCE,
            "A file that is not ours already has this name.",
            "Move the other file, then retry it.", PERMANENT),
    Failure("database_unavailable", RESOURCE,
            "The database did not answer.",
            "Check the database if it stays so.", AGAIN),
)

_IN_THE_JOB = (
    Failure("unsupported_url", VALIDATION,
            "The address is not a YouTube channel, playlist or video.",
            "Retry it with the right address.", PERMANENT),
    Failure("profile_missing", VALIDATION,
            "The download profile was deleted.",
            "Choose another profile, then retry it.", PERMANENT),
    Failure("needed_job_failed", VALIDATION,
            "A job it needs failed.",
            "Repair the job it needs, then retry this one.", PERMANENT),
    Failure("children_failed", UNAVAILABLE,
            "Some of its videos failed.",
            "Retry it: that retries the failed ones alone.", RETRY,
            afterwards="Its other videos are done; it completes by itself when the failed ones "
                       "are repaired."),
    Failure("video_busy", RESOURCE,
            "A download of one of its videos is just being cancelled.",
            "Wait until that download is cancelled.", AGAIN),
    Failure("timed_out", TIMEOUT,
            "The job took longer than it may.",
            "Give it a longer timeout if it needs one.", RETRY),
    Failure("stuck", TIMEOUT,
            "The job made no progress for too long and was stopped.",
            "Look at its log if it happens again.", RETRY),
    Failure("worker_lost", INTERNAL,
            "The worker died while it ran the job.",
            "Read its log, check the memory; after several such deaths it is put aside.", RETRY),
    Failure("child_killed", RESOURCE,
            "The process that did the work was killed, perhaps for lack of memory.",
            "Check the memory if it happens again.", RETRY),
    Failure("internal_error", INTERNAL,
            "Something in VideoMind itself went wrong.",
            "Please report it; the traceback is with the attempt.", RETRY),
    Failure("unknown", INTERNAL,
            "yt-dlp reported something that is not in the table yet.",
            "Read yt-dlp's own words in its log; if it stays so, update yt-dlp.", RETRY),
)

# fmt: on

FAILURES: Mapping[str, Failure] = _by_code(
    (*_AT_THE_SOURCE, *_YOUTUBE_REFUSES, *_ON_THE_WAY, *_ON_THIS_MACHINE, *_IN_THE_JOB)
)


def failure(code: str) -> Failure:
    """The row of a code; the row `unknown` for a code that has none."""
    return FAILURES.get(code, FAILURES["unknown"])

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


@dataclass(frozen=True, slots=True)
class Failure:
    """One row of the table; `sentence` and `action` are for an operator at night."""

    code: str
    type: FailureType
    sentence: str
    action: str
    policy: Policy
    hold: str = ""

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

_NOT_RETRIED = "It is not retried by itself."
_RETRIED = "It is retried by itself after a growing pause."
_YOUTUBE_HELD = (
    "Work on YouTube pauses for everyone and one job tries again after the cool-down; "
    "this job loses no attempt."
)
_DISK_HELD = "Downloads pause and go on by themselves once there is room"
_ROOT_HELD = "Work that writes pauses and goes on by itself once the folder"


def _by_code(rows: Iterable[Failure]) -> Mapping[str, Failure]:
    return MappingProxyType({row.code: row for row in rows})


# fmt: off
_AT_THE_SOURCE = (
    Failure("video_removed", UNAVAILABLE,
            "The video no longer exists on YouTube.",
            f"{_NOT_RETRIED} A copy that is already here stays.", PERMANENT),
    Failure("video_private", PERMISSION,
            "The uploader has made the video private.",
            f"{_NOT_RETRIED} Retry it if it becomes public, or with cookies that may see it.",
            PERMANENT),
    Failure("video_unavailable", UNAVAILABLE,
            "YouTube says the video is not available and gives no reason.",
            f"{_RETRIED} If it stays so, open the video in a browser.", RETRY),
    Failure("account_terminated", UNAVAILABLE,
            "The account that uploaded the video is closed.",
            f"{_NOT_RETRIED} Copies that are already here stay.", PERMANENT),
    Failure("tos_removed", UNAVAILABLE,
            "YouTube removed the video for breaking its rules.",
            f"{_NOT_RETRIED} A copy that is already here stays.", PERMANENT),
    Failure("copyright_blocked", UNAVAILABLE,
            "The video is blocked because of a copyright claim.",
            f"{_NOT_RETRIED} A copy that is already here stays.", PERMANENT),
    Failure("geo_blocked", BLOCKED,
            "The video may not be watched in this country.",
            f"{_NOT_RETRIED} Set a proxy in a country where it may be watched, then retry it.",
            PERMANENT),
    Failure("members_only", PERMISSION,
            "The video is for members of the channel.",
            f"{_NOT_RETRIED} Give cookies of a member's account, then retry it.", PERMANENT),
    Failure("premium_only", PERMISSION,
            "The video is for Premium subscribers.",
            f"{_NOT_RETRIED} Give cookies of a Premium account, then retry it.", PERMANENT),
    Failure("payment_required", PERMISSION,
            "The video has to be bought or rented.",
            f"{_NOT_RETRIED} Give cookies of an account that has paid, then retry it.", PERMANENT),
    Failure("age_restricted", PERMISSION,
            "YouTube shows the video only to a signed-in adult.",
            f"{_NOT_RETRIED} Give cookies of an adult's account, then retry it.", PERMANENT),
    Failure("channel_not_found", UNAVAILABLE,
            "There is no such channel on YouTube.",
            f"{_NOT_RETRIED} Check the address: the channel may have a new name.", PERMANENT),
    Failure("channel_terminated", UNAVAILABLE,
            "YouTube has closed the channel.",
            f"{_NOT_RETRIED} Copies that are already here stay.", PERMANENT),
    Failure("channel_has_no_tab", UNAVAILABLE,
            "The channel does not have this tab.",
            f"{_NOT_RETRIED} Choose tabs the channel has in its settings.", PERMANENT),
    Failure("channel_not_live", UNAVAILABLE,
            "The channel is not broadcasting now.",
            f"{_RETRIED} Use the channel's streams tab for past broadcasts.", RETRY),
    Failure("playlist_not_found", UNAVAILABLE,
            "The playlist does not exist or is private.",
            f"{_NOT_RETRIED} Check the address; a private playlist needs its owner's cookies.",
            PERMANENT),
    Failure("drm_protected", UNAVAILABLE,
            "The video is copy-protected and cannot be saved.",
            f"{_NOT_RETRIED} Nothing can be done here.", PERMANENT),
    Failure("live_recording_unavailable", UNAVAILABLE,
            "The broadcast is over and YouTube offers no recording.",
            f"{_RETRIED} A recording sometimes appears hours later; retry it then.", RETRY),
    Failure("premiere", UNAVAILABLE,
            "The video premieres later.",
            "It is fetched by itself after the premiere; no attempt is spent.", SNOOZE),
    Failure("live_not_started", UNAVAILABLE,
            "The broadcast has not started.",
            "It is looked at again at the announced time; no attempt is spent.", SNOOZE),
    Failure("still_processing", UNAVAILABLE,
            "YouTube is still processing the video.",
            "It is looked at again in an hour; no attempt is spent.", SNOOZE),
    Failure("no_formats", UNAVAILABLE,
            "YouTube offered pictures but no video or sound.",
            f"{_RETRIED} If many videos say so, update yt-dlp.", RETRY),
    Failure("needs_newer_ytdlp", BLOCKED,
            "YouTube has changed and this yt-dlp cannot read the video.",
            f"{_RETRIED} Update yt-dlp, and install a JavaScript runtime if there is none.",
            RETRY),
    Failure("format_unavailable", VALIDATION,
            "The video does not exist in the wanted format.",
            f"{_NOT_RETRIED} Choose another profile, then retry it.", PERMANENT),
)

_YOUTUBE_REFUSES = (
    Failure("youtube_blocked", BLOCKED,
            "YouTube refused the file, also with a fresh address.",
            f"{_NOT_RETRIED} Retry it by name later, or with cookies or another proxy.", PERMANENT),
    Failure("media_not_found", UNAVAILABLE,
            "The address YouTube gave for the file leads nowhere.",
            "It is retried by itself with a fresh address.", RETRY),
    Failure("bot_check", BLOCKED,
            "YouTube asks for a sign-in to prove this is not a bot.",
            f"{_YOUTUBE_HELD} Cookies, more pacing or another proxy help.", HOLD, "youtube"),
    Failure("too_many_requests", RATE_LIMITED,
            "YouTube says there were too many requests.",
            f"{_YOUTUBE_HELD} More pacing helps.", HOLD, "youtube"),
    Failure("session_limited", RATE_LIMITED,
            "YouTube has limited this session for up to an hour.",
            f"{_YOUTUBE_HELD} More pacing helps.", HOLD, "youtube"),
    Failure("captcha", BLOCKED,
            "YouTube asks to solve a captcha.",
            f"{_YOUTUBE_HELD} Cookies or another proxy help.", HOLD, "youtube"),
    Failure("ip_blocked", BLOCKED,
            "YouTube refuses requests from this address.",
            f"{_YOUTUBE_HELD} Another proxy helps.", HOLD, "youtube"),
    Failure("cookies_refused", PERMISSION,
            "YouTube no longer accepts the cookies.",
            "Work that needs them pauses until the cookies file changes, then goes on by itself; "
            "export fresh cookies.", HOLD, "cookies"),
)

_ON_THE_WAY = (
    Failure("network_down", NETWORK,
            "This machine has no network.", f"{_RETRIED} Check the connection.", RETRY),
    Failure("dns_failed", NETWORK,
            "The name of the server could not be looked up.",
            f"{_RETRIED} Check the connection and the name server.", RETRY),
    Failure("connection_refused", NETWORK,
            "The server refused the connection.",
            f"{_RETRIED} Check the proxy and the firewall if it stays so.", RETRY),
    Failure("connection_reset", NETWORK,
            "The connection broke off.", f"{_RETRIED} Nothing needs doing.", RETRY),
    Failure("proxy_failed", NETWORK,
            "The proxy could not be reached or would not connect.",
            f"{_RETRIED} Check the proxy setting.", RETRY),
    Failure("certificate_untrusted", NETWORK,
            "The server's certificate is not trusted.",
            f"{_RETRIED} Check the clock, and whether a proxy opens encrypted traffic.", RETRY),
    Failure("server_error", NETWORK,
            "YouTube's server had an error.", f"{_RETRIED} Nothing needs doing.", RETRY),
    Failure("bad_answer", NETWORK,
            "YouTube's answer was empty or could not be read.",
            f"{_RETRIED} If it stays so, update yt-dlp.", RETRY),
    Failure("incomplete_listing", NETWORK,
            "YouTube sent only a part of the list.",
            f"{_RETRIED} Nothing is taken as removed from an incomplete list.", RETRY),
    Failure("truncated_media", NETWORK,
            "The file broke off before its end.", f"{_RETRIED} Nothing is kept of it.", RETRY),
    Failure("short_media", NETWORK,
            "The file is shorter than the video should be.",
            f"{_RETRIED} Nothing is kept of it.", RETRY),
    Failure("read_timeout", TIMEOUT,
            "The server did not answer in time.", f"{_RETRIED} Nothing needs doing.", RETRY),
    Failure("sidecar_failed", NETWORK,
            "Captions or a picture could not be fetched.",
            f"{_RETRIED} The video itself is not affected.", RETRY),
)

_ON_THIS_MACHINE = (
    Failure("disk_full", RESOURCE,
            "The disk is full.", f"{_DISK_HELD}; free some space.", HOLD, "disk"),
    Failure("disk_floor", RESOURCE,
            "Less space is free than the configured minimum.",
            f"{_DISK_HELD}; free some space or lower MIN_FREE_DISK.", HOLD, "disk"),
    Failure("media_root_missing", RESOURCE,
            "The media folder is not there.",
            f"{_ROOT_HELD} is back; mount the disk or check MEDIA_ROOT.", HOLD, "media_root"),
    Failure("media_root_read_only", RESOURCE,
            "The media folder cannot be written to.",
            f"{_ROOT_HELD} can be written to; check the mount and the permissions.",
            HOLD, "media_root"),
    Failure("bad_format_selector", VALIDATION,
            "The format expression cannot be read.",
            f"{_NOT_RETRIED} Correct the expression in the job or the profile, then retry it.",
            PERMANENT),
    Failure("ffmpeg_missing", RESOURCE,
            "ffmpeg was not found on this machine.",
            f"{_NOT_RETRIED} Install ffmpeg or name it in FFMPEG, then retry it.",
            PERMANENT),
    Failure("conversion_failed", RESOURCE,
            "ffmpeg could not join or convert the file.",
            f"{_RETRIED} Check the free space; the job's log has ffmpeg's words.", RETRY),
    Failure("name_too_long", VALIDATION,
            "The file name is too long for this disk.",
            f"{_NOT_RETRIED} Choose a shorter folder, then retry it.", PERMANENT),
    Failure("file_too_large", RESOURCE,
            "The file is larger than this system allows.",
            f"{_NOT_RETRIED} Raise the limit or choose a lower quality, then retry it.", PERMANENT),
    Failure("file_unreadable", RESOURCE,
            "The downloaded file cannot be read as video or sound.",
            f"{_RETRIED} Nothing is kept of it.", RETRY),
    Failure("name_taken", RESOURCE,
            "A file that is not ours already has this name.",
            f"{_NOT_RETRIED} Move the other file, then retry it.", PERMANENT),
    Failure("database_unavailable", RESOURCE,
            "The database did not answer.",
            "It goes on by itself once the database answers; no attempt is spent.", AGAIN),
)

_IN_THE_JOB = (
    Failure("unsupported_url", VALIDATION,
            "The address is not a YouTube channel, playlist or video.",
            f"{_NOT_RETRIED} Retry it with the right address.", PERMANENT),
    Failure("invalid_parameters", VALIDATION,
            "The job's parameters are not valid.",
            f"{_NOT_RETRIED} Retry it with corrected parameters.", PERMANENT),
    Failure("profile_missing", VALIDATION,
            "The download profile was deleted.",
            f"{_NOT_RETRIED} Choose another profile, then retry it.", PERMANENT),
    Failure("target_missing", VALIDATION,
            "What the job was for was deleted here.",
            f"{_NOT_RETRIED} Remove it, or add the channel, playlist or video again.", PERMANENT),
    Failure("needed_job_failed", VALIDATION,
            "A job it needs failed.",
            f"{_NOT_RETRIED} Repair the job it needs, then retry this one.", PERMANENT),
    Failure("children_failed", UNAVAILABLE,
            "Some of its videos failed.",
            "Its other videos are done; it completes by itself when the failed ones are repaired, "
            "and retrying it retries those.", RETRY),
    Failure("video_busy", RESOURCE,
            "A download of one of its videos is just being cancelled.",
            "It lists them again in a moment; no attempt is spent.", AGAIN),
    Failure("timed_out", TIMEOUT,
            "The job took longer than it may.",
            f"{_RETRIED} Give it a longer timeout if it needs one.", RETRY),
    Failure("stuck", TIMEOUT,
            "The job made no progress for too long and was stopped.",
            f"{_RETRIED} Look at its log if it happens again.", RETRY),
    Failure("worker_lost", INTERNAL,
            "The worker died while it ran the job.",
            f"{_RETRIED} After several such deaths the job is put aside for review.", RETRY),
    Failure("child_killed", RESOURCE,
            "The process that did the work was killed, perhaps for lack of memory.",
            f"{_RETRIED} Check the memory if it happens again.", RETRY),
    Failure("crash_loop", INTERNAL,
            "The job brought its worker down again and again.",
            f"{_NOT_RETRIED} Read its log before retrying it by name.", PERMANENT),
    Failure("internal_error", INTERNAL,
            "Something in VideoMind itself went wrong.",
            f"{_RETRIED} The traceback is with the attempt; please report it.", RETRY),
    Failure("unknown", INTERNAL,
            "yt-dlp reported something that is not in the table yet.",
            f"{_RETRIED} It is listed for review with yt-dlp's own words.", RETRY),
)

# fmt: on

FAILURES: Mapping[str, Failure] = _by_code(
    (*_AT_THE_SOURCE, *_YOUTUBE_REFUSES, *_ON_THE_WAY, *_ON_THIS_MACHINE, *_IN_THE_JOB)
)


def failure(code: str) -> Failure:
    """The row of a code; the row `unknown` for a code that has none."""
    return FAILURES.get(code, FAILURES["unknown"])

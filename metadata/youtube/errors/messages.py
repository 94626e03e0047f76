"""The tables that tell yt-dlp's messages apart: classes, phrases, statuses, error numbers."""

import errno as os_errno
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

Table = tuple[tuple[re.Pattern[str], str], ...]


def _table(*rows: tuple[str, str]) -> Table:
    return tuple((re.compile(pattern, re.IGNORECASE), code) for code, pattern in rows)


# What the class alone decides. A network error inside an extractor is unwrapped by yt-dlp: then
# the first inner class is the HTTPError or TransportError, not the ExtractorError.
CLASSES: Final[Mapping[str, str]] = {
    "GeoRestrictedError": "geo_blocked",
    "UserNotLive": "channel_not_live",
    "UnsupportedError": "unsupported_url",
    "CookieLoadError": "cookies_refused",
    "MemoryError": "child_killed",
    # raised by our own hooks, which handle them: one that comes here is our bug
    "DownloadCancelled": "internal_error",
    "MaxDownloadsReached": "internal_error",
    "ExistingVideoReached": "internal_error",
    "RejectedVideoReached": "internal_error",
}
NETWORK_CLASSES: Final[Mapping[str, str]] = {
    "CertificateVerifyError": "certificate_untrusted",
    "SSLCertVerificationError": "certificate_untrusted",
    "NameResolutionError": "dns_failed",
    "gaierror": "dns_failed",
    "ConnectionRefusedError": "connection_refused",
    "ConnectTimeoutError": "read_timeout",
    "ConnectTimeout": "read_timeout",
    "ReadTimeoutError": "read_timeout",
    "ReadTimeout": "read_timeout",
    "TimeoutError": "read_timeout",
    "ContentTooShortError": "truncated_media",
    "IncompleteRead": "truncated_media",
    "JSONDecodeError": "bad_answer",
}
BROKEN_CONNECTION: Final = frozenset({
    "ConnectionResetError", "ConnectionAbortedError", "BrokenPipeError", "RemoteDisconnected",
    "SSLError", "ConnectionError", "TransportError",
})  # fmt: skip
POSTPROCESSORS: Final = frozenset({"PostProcessingError", "FFmpegPostProcessorError"})
BUGS: Final = frozenset({
    "ArithmeticError", "AssertionError", "AttributeError", "ImportError", "IndexError", "KeyError",
    "ModuleNotFoundError", "NameError", "NotImplementedError", "RecursionError", "RuntimeError",
    "SyntaxError", "TypeError", "UnboundLocalError", "UnicodeDecodeError", "UnicodeEncodeError",
    "ValueError", "ZeroDivisionError",
})  # fmt: skip

ERRNOS: Final[Mapping[int, str]] = {
    os_errno.ENOSPC: "disk_full",
    os_errno.EDQUOT: "disk_full",
    os_errno.EROFS: "media_root_read_only",
    os_errno.ESTALE: "media_root_missing",
    os_errno.EFBIG: "file_too_large",
    os_errno.ENAMETOOLONG: "name_too_long",
    os_errno.ECONNREFUSED: "connection_refused",
    os_errno.ECONNRESET: "connection_reset",
    os_errno.ECONNABORTED: "connection_reset",
    os_errno.EPIPE: "connection_reset",
    os_errno.ETIMEDOUT: "read_timeout",
    os_errno.ENETUNREACH: "network_down",
    os_errno.ENETDOWN: "network_down",
    os_errno.EHOSTUNREACH: "network_down",
}
# Of a file to be written only: a program or a library that is missing says the same, and a socket.
WRITING_ERRNOS: Final[Mapping[int, str]] = {
    **ERRNOS,
    os_errno.EACCES: "media_root_read_only",
    os_errno.EPERM: "media_root_read_only",
    os_errno.ENOENT: "media_root_missing",
    os_errno.ENOTDIR: "media_root_missing",
    # A share whose server is gone, a disk that was pulled out or is dying.
    os_errno.ENOTCONN: "media_root_missing",
    os_errno.ENODEV: "media_root_missing",
    os_errno.EIO: "media_root_missing",
}

STATUSES: Final[Mapping[int, str]] = {
    401: "bot_check",
    402: "too_many_requests",  # YouTube's older way to say 429
    403: "ip_blocked",
    407: "proxy_failed",
    408: "read_timeout",
    410: "media_not_found",
    429: "too_many_requests",
    451: "geo_blocked",
}
MEDIA_STATUSES: Final[Mapping[int, str]] = {403: "youtube_blocked", 404: "media_not_found"}

# Messages that go on with a file name, and with it a title that may hold any phrase of the tables
# below: only the number right behind the prefix counts.
QUOTES_A_NAME: Final = re.compile(r"unable to (?:[a-z ]+?): \[Errno (\d+)\]", re.IGNORECASE)
POSTPROCESSING: Final = _table(
    ("ffmpeg_missing", r"Postprocessing: (?:ffprobe and |WARNING: )?ff(?:mpeg|probe) not found"),
    ("file_unreadable", r"Postprocessing: WARNING: unable to obtain file audio codec"),
    ("file_unreadable", r"Postprocessing: (?:Unable to determine video duration|ffprobe returned)"),
    ("bad_answer", r"Postprocessing: .*Invalid data found when processing input$"),
)
# How ffmpeg ends a line about the disk. It seldom is its last one, which is all that yt-dlp's error
# has. What it tells of a file's own tags, a title among them, is indented.
FFMPEG_DISK: Final = _table(
    ("disk_full", r"^\S.*: (?:No space left on device|Disk quota exceeded)$"),
    ("media_root_read_only", r"^\S.*: Read-only file system$"),
    # It opens nothing but files of ours; a program or a library that is missing says the same.
    ("media_root_missing", r"^(?!.*shared object)\S.*: No such file or directory$"),
)

MISSING: Final = "?"  # a channel or a playlist: whose page it was tells
PHRASES: Final = _table(
    ("captcha", r".*YouTube is requiring a captcha challenge|Confirm that you are human"),
    ("cookies_refused", r".*account cookies are no longer valid"),
    ("bot_check", r"Sign in to confirm (?:that )?you're not a bot|Please sign in\b"),
    ("age_restricted", r"Sign in to confirm your age|This video may be inappropriate|"
                       r"This video (?:is age-restricted|requires age verification)"),
    ("session_limited", r"This content isn't available, try again later"),
    ("ip_blocked", r"All player responses are invalid"),
    ("video_private", r"Private video\b|This (?:video is|is a) private"),
    ("account_terminated", r"This video is no longer available because the (?:YouTube|uploader)"),
    ("copyright_blocked", r"This video is no longer available due to a (?:copyright|trademark)"),
    ("video_removed", r"This video (?:has been removed by|is no longer|isn't available any)"),
    ("tos_removed", r"This video has been removed for violating"),
    ("geo_blocked", r"The uploader has not made this video available in your country|"
                    r"This video contains content from .*\bin your country|"
                    r"This content is not available on this country domain"),
    ("copyright_blocked", r"This video contains content from .* blocked it"),
    ("members_only", r"Join this channel to get access|This video is (?:for )?members-only|"
                     r"This video is available to this channel's members"),
    ("premium_only", r"This video (?:is only available to|requires) .{0,20}Premium"),
    ("payment_required", r"This video (?:requires (?:pay|a purch)|is available for (?:rent|pur))"),
    ("live_not_started", r"This live (?:event|stream) (?:will begin|has not (?:yet )?started)"),
    ("premiere", r"Premieres? (?:in|on|will begin)\b"),
    ("live_recording_unavailable", r"This live (?:stream recording is not|event has ended)"),
    ("still_processing", r"We're processing this video|This video is (?:still |being )*process"),
    ("drm_protected", r"This video is DRM protected"),
    ("channel_not_live", r"The channel is not currently live"),
    ("channel_has_no_tab", r"This channel does not have a .* tab"),
    ("channel_terminated", r"This account has been (?:term|susp)|This channel was removed"),
    ("channel_not_found", r"This channel (?:does not exist|is not available|isn't available)"),
    ("playlist_not_found", r"Th(?:e|is) playlist (?:does not exist|is private|type is unviewable)"),
    (MISSING, r"Failed to resolve url|The channel/playlist does not exist"),
    ("incomplete_listing", r"Incomplete (?:yt initial )?data received"),
    ("video_removed", r"Video unavailable\W*$"),
    ("video_unavailable", r"This (?:video|content) (?:is not|isn't|is un)\s?available"),
    ("server_error", r"(?:An )?unknown error|Something went wrong|An error occurred"),
    ("needs_newer_ytdlp", r"The following content is not available on this app|Unable to extract|"
                          r"An extractor error has occurred|Signature extraction failed"),
    ("unsupported_url", r"Unsupported URL|No suitable extractor|Incomplete YouTube ID|Invalid URL|"
                        r"A video URL was given without|.* is not a valid URL$"),
    ("ffmpeg_missing", r"You have requested merging .* but ffmpeg is not|ffmpeg not found"),
    ("bad_answer", r"Did not get any data blocks|The downloaded file is empty|Failed to parse JSON|"
                   r"Playlists that require authentication may not|The page needs to be reloaded"),
    ("truncated_media", r"content too short"),
    ("media_not_found", r"fragment \d+ not found"),
)  # fmt: skip

# Messages whose rest is a network error in words (and never a title).
TELLS_OF_NETWORK: Final = re.compile(
    r"Got error: |HTTP Error |Failed to download |Unable to (?:download|fetch|open fragment)|"
    r"\S+ page \d+: ",
    re.IGNORECASE,
)
HTTP_ERROR: Final = re.compile(r"HTTP Error (\d{3})")
DROPPED: Final = (
    r"RemoteDisconnected|Connection (?:aborted|reset|broken)|EOF occurred|curl: \(5[26]\)"
)
NETWORK: Final = _table(
    ("connection_reset", DROPPED),
    ("truncated_media", r"\d+ bytes read, \d+ more|Downloaded \d+ bytes, expected|curl: \(18\)"),
    ("proxy_failed", r"Unable to connect to proxy|Tunnel connection failed|curl: \((?:5|97)\)"),
    ("certificate_untrusted", r"certificate.verify.failed|curl: \(60\)"),
    ("read_timeout", r"timed out|curl: \(28\)"),
    ("dns_failed", r"Failed to resolve|Name or service not known|name resolution|curl: \(6\)"),
    ("network_down", r"Network is (?:unreachable|down)|No route to host"),
    ("connection_refused", r"Connection refused|curl: \(7\)"),
    ("bad_answer", r"Failed to parse JSON|Expecting value"),
)

# "Requested format is not available" is what is left when every player call failed with a mere
# warning and only the page's storyboards remain.
NOTHING_TO_CHOOSE: Final = re.compile(
    r"Requested format is not available|Failed to extract any player resp|No video formats found"
)
PASSED: Final = re.compile(r"Retrying \(\d+/")  # a warning of a try that was followed by another
ABOUT_FORMATS: Final = _table(
    ("needs_newer_ytdlp", r"an experiment that applies DRM to all videos"),
    ("drm_protected", r"\bDRM protected"),
    ("needs_newer_ytdlp", r"missing a URL|\bSABR\b|PO Token|(?:Signature|challenge) solving failed|"
                          r"Signature extraction failed|nsig extraction failed|JavaScript runtime"),
    ("no_formats", r"Only images are available"),
)  # fmt: skip
NO_FORMATS_LEFT: Final = _table(
    ("format_unavailable", r"Requested format"),
    ("no_formats", r"No video formats"),
    ("bad_answer", r"Failed to extract"),
)

COOKIES_EXPIRED: Final = re.compile(r"account cookies are no longer valid|cookies\b.*\brotated")
COOKIES_WOULD_DO: Final = frozenset({
    "bot_check", "age_restricted", "members_only", "premium_only", "payment_required",
    "video_private", "playlist_not_found", "format_unavailable", "no_formats", "unknown",
})  # fmt: skip

COLOUR: Final = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
PREFIX: Final = re.compile(r"(?:(?:ERROR|WARNING): *)*(?:\[[\w:.+-]+\] (?:[^\s:]+: )?)?")
SUFFIX: Final = re.compile(r"(?:; please report this issue on | \(caused by ).*")
UNEXPECTED: Final = "please report this issue on"
SAID: Final = re.compile(
    r"(?:YouTube said: (?:ERROR - )?)?"
    r"(?:(?:Video unavailable|This video is (?:not available|unavailable))\. (?=\S))?"
)
SUBJECT: Final = re.compile(r"\[youtube:tab\] ([^\s:]+)")
PLAYLIST_SUBJECT: Final = re.compile(r"(?:PL|UU|FL|PU|OLAK5uy_)[\w-]{10,}")
LATER_PAGE: Final = re.compile(r"\S+ page \d+: ")
IN_TIME: Final = re.compile(r"\bin (\d{1,4}|an?) (second|minute|hour|day|week|month)s?\b", re.I)
SOON: Final = re.compile(r"in a few moments|shortly|momentarily", re.IGNORECASE)
UNITS: Final[Mapping[str, timedelta]] = {
    "second": timedelta(seconds=1),
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
    "month": timedelta(days=30),
}
SOON_MEANS: Final = timedelta(minutes=5)

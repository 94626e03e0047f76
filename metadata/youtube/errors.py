"""yt-dlp's error into a failure code, through one ordered set of tables."""

import errno as os_errno
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, TypedDict

from jobs.failures import FAILURES, Policy
from jobs.redaction import redact

SENTENCE_LENGTH: Final = 500
CHAIN_LENGTH: Final = 20


class YtdlpError(TypedDict):
    """What the child tells about an exception: plain values that cross the wall as JSON."""

    exception: str  # class of what was raised
    inner: list[str]  # classes of what caused it, outermost first
    message: str
    warnings: list[str]
    http_status: int | None
    errno: int | None
    stage: str  # listing, extract, media, postprocess or sidecar


@dataclass(frozen=True, slots=True)
class Verdict:
    """A row of jobs.failures, yt-dlp's own words, and in what time the video was promised."""

    code: str
    sentence: str
    release_at_hint: timedelta | None = None


Table = tuple[tuple[re.Pattern[str], str], ...]


def _table(*rows: tuple[str, str]) -> Table:
    return tuple((re.compile(pattern, re.IGNORECASE), code) for code, pattern in rows)


# What the class alone decides. A network error inside an extractor is unwrapped by yt-dlp: then
# the first inner class is the HTTPError or TransportError, not the ExtractorError.
_CLASSES: Final[Mapping[str, str]] = {
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
_NETWORK_CLASSES: Final[Mapping[str, str]] = {
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
_BROKEN_CONNECTION: Final = frozenset({
    "ConnectionResetError", "ConnectionAbortedError", "BrokenPipeError", "RemoteDisconnected",
    "SSLError", "ConnectionError", "TransportError",
})  # fmt: skip
_POSTPROCESSORS: Final = frozenset({"PostProcessingError", "FFmpegPostProcessorError"})
_BUGS: Final = frozenset({
    "ArithmeticError", "AssertionError", "AttributeError", "ImportError", "IndexError", "KeyError",
    "ModuleNotFoundError", "NameError", "NotImplementedError", "RecursionError", "RuntimeError",
    "SyntaxError", "TypeError", "UnboundLocalError", "UnicodeDecodeError", "UnicodeEncodeError",
    "ValueError", "ZeroDivisionError",
})  # fmt: skip

_ERRNOS: Final[Mapping[int, str]] = {
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
# Of a file to be written only: a program or a library that is missing says the same.
_WRITING_ERRNOS: Final[Mapping[int, str]] = {
    **_ERRNOS,
    os_errno.EACCES: "media_root_read_only",
    os_errno.EPERM: "media_root_read_only",
    os_errno.ENOENT: "media_root_missing",
    os_errno.ENOTDIR: "media_root_missing",
}

_STATUSES: Final[Mapping[int, str]] = {
    401: "bot_check",
    402: "too_many_requests",  # YouTube's older way to say 429
    403: "ip_blocked",
    407: "proxy_failed",
    408: "read_timeout",
    410: "media_not_found",
    429: "too_many_requests",
    451: "geo_blocked",
}
_MEDIA_STATUSES: Final[Mapping[int, str]] = {403: "youtube_blocked", 404: "media_not_found"}

# Messages that go on with a file name, and with it a title that may hold any phrase of the tables
# below: only the number right behind the prefix counts.
_QUOTES_A_NAME: Final = re.compile(r"unable to (?:[a-z ]+?): \[Errno (\d+)\]", re.IGNORECASE)
_POSTPROCESSING: Final = _table(
    ("ffmpeg_missing", r"Postprocessing: (?:ffprobe and |WARNING: )?ff(?:mpeg|probe) not found"),
    ("file_unreadable", r"Postprocessing: WARNING: unable to obtain file audio codec"),
    ("file_unreadable", r"Postprocessing: (?:Unable to determine video duration|ffprobe returned)"),
    ("disk_full", r"Postprocessing: .*No space left on device$"),
    ("bad_answer", r"Postprocessing: .*Invalid data found when processing input$"),
)

_MISSING: Final = "?"  # a channel or a playlist: whose page it was tells
_PHRASES: Final = _table(
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
    (_MISSING, r"Failed to resolve url|The channel/playlist does not exist"),
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
_TELLS_OF_NETWORK: Final = re.compile(
    r"Got error: |HTTP Error |Failed to download |Unable to (?:download|fetch|open fragment)|"
    r"\S+ page \d+: ",
    re.IGNORECASE,
)
_HTTP_ERROR: Final = re.compile(r"HTTP Error (\d{3})")
_DROPPED: Final = (
    r"RemoteDisconnected|Connection (?:aborted|reset|broken)|EOF occurred|curl: \(5[26]\)"
)
_NETWORK: Final = _table(
    ("connection_reset", _DROPPED),
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
_NOTHING_TO_CHOOSE: Final = re.compile(
    r"Requested format is not available|Failed to extract any player resp|No video formats found"
)
_PASSED: Final = re.compile(r"Retrying \(\d+/")  # a warning of a try that was followed by another
_ABOUT_FORMATS: Final = _table(
    ("needs_newer_ytdlp", r"an experiment that applies DRM to all videos"),
    ("drm_protected", r"\bDRM protected"),
    ("needs_newer_ytdlp", r"missing a URL|\bSABR\b|PO Token|(?:Signature|challenge) solving failed|"
                          r"Signature extraction failed|nsig extraction failed|JavaScript runtime"),
    ("no_formats", r"Only images are available"),
)  # fmt: skip
_NO_FORMATS_LEFT: Final = _table(
    ("format_unavailable", r"Requested format"),
    ("no_formats", r"No video formats"),
    ("bad_answer", r"Failed to extract"),
)

_COOKIES_EXPIRED: Final = re.compile(r"account cookies are no longer valid|cookies\b.*\brotated")
_COOKIES_WOULD_DO: Final = frozenset({
    "bot_check", "age_restricted", "members_only", "premium_only", "payment_required",
    "video_private", "playlist_not_found", "format_unavailable", "no_formats", "unknown",
})  # fmt: skip

_COLOUR: Final = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_PREFIX: Final = re.compile(r"(?:(?:ERROR|WARNING): *)*(?:\[[\w:.+-]+\] (?:[^\s:]+: )?)?")
_SUFFIX: Final = re.compile(r"(?:; please report this issue on | \(caused by ).*")
_UNEXPECTED: Final = "please report this issue on"
_SAID: Final = re.compile(
    r"(?:YouTube said: (?:ERROR - )?)?"
    r"(?:(?:Video unavailable|This video is (?:not available|unavailable))\. (?=\S))?"
)
_SUBJECT: Final = re.compile(r"\[youtube:tab\] ([^\s:]+)")
_PLAYLIST_SUBJECT: Final = re.compile(r"(?:PL|UU|FL|PU|OLAK5uy_)[\w-]{10,}")
_LATER_PAGE: Final = re.compile(r"\S+ page \d+: ")
_IN_TIME: Final = re.compile(r"\bin (\d{1,4}|an?) (second|minute|hour|day|week|month)s?\b", re.I)
_SOON: Final = re.compile(r"in a few moments|shortly|momentarily", re.IGNORECASE)
_UNITS: Final[Mapping[str, timedelta]] = {
    "second": timedelta(seconds=1),
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
    "month": timedelta(days=30),
}
_SOON_MEANS: Final = timedelta(minutes=5)

# Every code that `classify` may answer.
CODES: Final = frozenset({
    *_CLASSES.values(), *_NETWORK_CLASSES.values(), *_WRITING_ERRNOS.values(), *_STATUSES.values(),
    *_MEDIA_STATUSES.values(),
    *(code for table in (_POSTPROCESSING, _PHRASES, _NETWORK, _ABOUT_FORMATS, _NO_FORMATS_LEFT)
      for _, code in table),
    "bad_format_selector", "conversion_failed", "server_error", "sidecar_failed", "unknown",
} - {_MISSING})  # fmt: skip


def describe(exception: BaseException, warnings: Sequence[str], stage: str) -> YtdlpError:
    """An exception as plain values; knows yt-dlp's classes by their attributes only.

    Call it with what left yt-dlp, and never call yt-dlp from inside an `except`: it takes whatever
    exception is being handled there for the cause of its own.
    """
    chain = _chain(exception)
    return {
        "exception": type(exception).__name__,
        "inner": [type(link).__name__ for link in chain[1:]],
        "message": str(exception),
        "warnings": [str(warning) for warning in warnings],
        "http_status": _first_number(chain, "status", _is_http_error),
        "errno": _first_number(chain, "errno", _is_system_error),
        "stage": stage,
    }


def classify(error: YtdlpError) -> Verdict:
    """The failure code of an error, by class, then quoted names, then phrases, then warnings."""
    text = clean(error["message"])
    found = _code(error, text)
    code = _aside(error, _for_want_of_cookies(error, found))
    words = _telling_words(error, text, found) or FAILURES[code].sentence
    return Verdict(code, words, _release_hint(code, text))


def clean(message: str) -> str:
    """yt-dlp's own words in one line: no colours, no "ERROR:", no "[youtube] id:", no secrets."""
    text = _COLOUR.sub("", message).replace("\r", "").strip()
    text = _CONTROL.sub("", text.partition("\n")[0])
    text = _SUFFIX.sub("", text[_end(_PREFIX, text) :])
    return redact(text).strip()[:SENTENCE_LENGTH]


def _chain(exception: BaseException) -> list[BaseException]:
    found: list[BaseException] = []
    ahead = [exception]
    while ahead and len(found) < CHAIN_LENGTH:
        link = ahead.pop(0)
        if not any(link is known for known in found):
            found.append(link)
            ahead[:0] = _causes(link)
    return found


def _causes(exception: BaseException) -> list[BaseException]:
    told = getattr(exception, "exc_info", None)
    stated = (
        told[1] if isinstance(told, tuple) and len(told) == 3 else None,
        getattr(exception, "cause", None),
        exception.__cause__,
    )
    causes = [cause for cause in stated if isinstance(cause, BaseException)]
    around = None if exception.__suppress_context__ else exception.__context__
    return causes or ([around] if around else [])


def _is_http_error(exception: BaseException) -> bool:
    return type(exception).__name__ == "HTTPError"


def _is_system_error(exception: BaseException) -> bool:
    return isinstance(exception, OSError)


def _first_number(
    chain: Iterable[BaseException], name: str, of: Callable[[BaseException], bool]
) -> int | None:
    values = (getattr(link, name, None) for link in chain if of(link))
    return next((value for value in values if isinstance(value, int)), None)


def _code(error: YtdlpError, text: str) -> str:
    steps = (_by_class, _by_status, _by_system, _by_network_class, _by_phrase, _by_warnings)
    found = (step(error, text) for step in (*steps, _by_default))
    return next((code for code in found if code), "unknown")


def _by_class(error: YtdlpError, text: str) -> str | None:
    classes = _classes(error)
    if error["exception"] == "SyntaxError" and text.startswith("Invalid format specification"):
        return "bad_format_selector"
    if "ProxyError" in classes:
        # A connection through a proxy that drops before the answer is called a proxy error too.
        return "connection_reset" if re.search(_DROPPED, error["message"]) else "proxy_failed"
    return next((_CLASSES[name] for name in classes if name in _CLASSES), None)


def _by_status(error: YtdlpError, text: str) -> str | None:
    status = error["http_status"]
    return None if status is None else _for_status(status, error, text)


def _by_system(error: YtdlpError, text: str) -> str | None:
    if quoted := _QUOTES_A_NAME.match(text):
        return _WRITING_ERRNOS.get(int(quoted[1]), "unknown")
    if code := _ERRNOS.get(error["errno"] or 0):
        return code
    if _POSTPROCESSORS & set(_classes(error)) or text.startswith("Postprocessing: "):
        return _first(_POSTPROCESSING, text) or "conversion_failed"
    return None


def _by_network_class(error: YtdlpError, text: str) -> str | None:
    classes = _classes(error)
    code = next((_NETWORK_CLASSES[name] for name in classes if name in _NETWORK_CLASSES), None)
    if not code and _BROKEN_CONNECTION & set(classes):
        code = _found(_NETWORK, [error["message"]]) or "connection_reset"
    return _unless_cut(code, error, text)


def _by_phrase(error: YtdlpError, text: str) -> str | None:
    straight = text.replace("’", "'")
    reason = straight[_end(_SAID, straight) :]
    code = _first(_PHRASES, reason)
    if code == _MISSING:
        return _missing(error)
    return code or _by_network_words(error, text)


def _by_network_words(error: YtdlpError, text: str) -> str | None:
    if not _TELLS_OF_NETWORK.match(text):
        return None
    if status := _HTTP_ERROR.search(text):
        return _for_status(int(status[1]), error, text)
    return _unless_cut(_found(_NETWORK, [text]), error, text)


def _by_warnings(error: YtdlpError, text: str) -> str | None:
    if not _NOTHING_TO_CHOOSE.match(text):
        return None
    return _in_warnings(error["warnings"]) or _first(_NO_FORMATS_LEFT, text)


def _in_warnings(warnings: Iterable[str]) -> str | None:
    lines = [warning for warning in warnings if not _PASSED.search(warning)]
    return _worst_status(lines) or _found(_NETWORK, lines) or _found(_ABOUT_FORMATS, lines)


def _telling_words(error: YtdlpError, text: str, code: str) -> str:
    """The warning that decided, where the error itself only says that nothing is left."""
    if not _NOTHING_TO_CHOOSE.match(text):
        return text
    telling = (clean(line) for line in error["warnings"] if _in_warnings([line]) == code)
    return next(telling, text)


def _by_default(error: YtdlpError, _text: str) -> str | None:
    if error["exception"] in _BUGS:
        return "internal_error"
    return "needs_newer_ytdlp" if _UNEXPECTED in error["message"] else None


def _for_want_of_cookies(error: YtdlpError, code: str) -> str:
    told = any(_COOKIES_EXPIRED.search(warning) for warning in error["warnings"])
    return "cookies_refused" if told and code in _COOKIES_WOULD_DO else code


def _aside(error: YtdlpError, code: str) -> str:
    """Captions and pictures neither stop the lanes nor count as YouTube's refusal of a video."""
    harmless = FAILURES[code].policy is not Policy.HOLD and code != "youtube_blocked"
    return code if harmless or error["stage"] != "sidecar" else "sidecar_failed"


def _release_hint(code: str, text: str) -> timedelta | None:
    if code not in ("premiere", "live_not_started"):
        return None
    if told := _IN_TIME.search(text):
        count = int(told[1]) if told[1].isdigit() else 1
        return count * _UNITS[told[2].lower()]
    return _SOON_MEANS if _SOON.search(text) else None


def _for_status(status: int, error: YtdlpError, text: str) -> str:
    place = _place(error, text)
    if status >= 500:
        return "server_error"
    if place == "listing" and status == 404:
        return "incomplete_listing" if _LATER_PAGE.match(text) else _missing(error)
    if place == "media" and status in _MEDIA_STATUSES:
        return _MEDIA_STATUSES[status]
    return _STATUSES.get(status, "bad_answer")


def _worst_status(warnings: Iterable[str]) -> str | None:
    statuses = {int(number) for warning in warnings for number in _HTTP_ERROR.findall(warning)}
    known = [status for status in (429, 402, 403) if status in statuses]
    if known:
        return _STATUSES[known[0]]
    return "server_error" if any(status >= 500 for status in statuses) else None


def _unless_cut(code: str | None, error: YtdlpError, text: str) -> str | None:
    """A page that breaks off is a broken connection; only of media is something cut."""
    cut = code == "truncated_media" and _place(error, text) != "media"
    return "connection_reset" if cut else code


def _place(error: YtdlpError, text: str) -> str:
    """Where it happened: the text knows better than the stage, as one call may do it all."""
    if text.startswith(("unable to download video data", "Got error: ")):
        return "media"
    if "[youtube:tab] " in error["message"] or _LATER_PAGE.match(text):
        return "listing"
    return "extract" if "[youtube] " in error["message"] else error["stage"]


def _missing(error: YtdlpError) -> str:
    subject = _SUBJECT.search(error["message"])
    playlist = subject and _PLAYLIST_SUBJECT.match(subject[1])
    return "playlist_not_found" if playlist else "channel_not_found"


def _classes(error: YtdlpError) -> list[str]:
    return [error["exception"], *error["inner"]]


def _first(table: Table, text: str) -> str | None:
    return next((code for pattern, code in table if pattern.match(text)), None)


def _found(table: Table, lines: Sequence[str]) -> str | None:
    hits = (code for pattern, code in table if any(pattern.search(line) for line in lines))
    return next(hits, None)


def _end(pattern: re.Pattern[str], text: str) -> int:
    match = pattern.match(text)
    return match.end() if match else 0

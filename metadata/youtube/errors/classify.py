"""yt-dlp's error into a failure code, through one ordered set of tables."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, NotRequired, TypedDict

from jobs.failures import FAILURES, Policy
from jobs.logs.redaction import redact
from metadata.youtube.errors.messages import (
    ABOUT_FORMATS,
    BROKEN_CONNECTION,
    BUGS,
    CLASSES,
    COLOUR,
    CONTROL,
    COOKIES_EXPIRED,
    COOKIES_WOULD_DO,
    DROPPED,
    ERRNOS,
    FFMPEG_DISK,
    HTTP_ERROR,
    IN_TIME,
    LATER_PAGE,
    MEDIA_STATUSES,
    MISSING,
    NETWORK,
    NETWORK_CLASSES,
    NO_FORMATS_LEFT,
    NOTHING_TO_CHOOSE,
    PASSED,
    PHRASES,
    PLAYLIST_SUBJECT,
    POSTPROCESSING,
    POSTPROCESSORS,
    PREFIX,
    QUOTES_A_NAME,
    SAID,
    SOON,
    SOON_MEANS,
    STATUSES,
    SUBJECT,
    SUFFIX,
    TELLS_OF_NETWORK,
    UNEXPECTED,
    UNITS,
    WRITING_ERRNOS,
    Table,
)

SENTENCE_LENGTH: Final = 500
CHAIN_LENGTH: Final = 20
AFTERWARDS: Final = "Postprocessing: "
FFMPEG_FAILED: Final = "conversion_failed"


class YtdlpError(TypedDict):
    """What the child tells about an exception: plain values that cross the wall as JSON."""

    exception: str  # class of what was raised
    inner: list[str]  # classes of what caused it, outermost first
    message: str
    warnings: list[str]
    http_status: int | None
    errno: int | None
    path: NotRequired[str]  # what the error with that number names; "" for nothing
    stage: str  # listing, extract, media, postprocess or sidecar


@dataclass(frozen=True, slots=True)
class Verdict:
    """A row of jobs.failures, yt-dlp's own words, and in what time the video was promised."""

    code: str
    sentence: str
    release_at_hint: timedelta | None = None


CODES: Final = frozenset({
    *CLASSES.values(), *NETWORK_CLASSES.values(), *WRITING_ERRNOS.values(), *STATUSES.values(),
    *MEDIA_STATUSES.values(),
    *(code for table in (
        POSTPROCESSING, FFMPEG_DISK, PHRASES, NETWORK, ABOUT_FORMATS, NO_FORMATS_LEFT)
      for _, code in table),
    "bad_format_selector", FFMPEG_FAILED, "server_error", "sidecar_failed", "unknown",
} - {MISSING})  # fmt: skip


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
        "path": _path(chain),
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
    text = COLOUR.sub("", message).replace("\r", "").strip()
    text = CONTROL.sub("", text.partition("\n")[0])
    text = SUFFIX.sub("", text[_end(PREFIX, text) :])
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


def _path(chain: Iterable[BaseException]) -> str:
    numbered = (link for link in chain if isinstance(link, OSError) and link.errno is not None)
    first = next(numbered, None)
    return str(first.filename) if first and isinstance(first.filename, str) else ""


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
        return "connection_reset" if re.search(DROPPED, error["message"]) else "proxy_failed"
    return next((CLASSES[name] for name in classes if name in CLASSES), None)


def _by_status(error: YtdlpError, text: str) -> str | None:
    status = error["http_status"]
    return None if status is None else _for_status(status, error, text)


def _by_system(error: YtdlpError, text: str) -> str | None:
    if quoted := QUOTES_A_NAME.match(text):
        return WRITING_ERRNOS.get(int(quoted[1]), "unknown")
    if code := ERRNOS.get(error["errno"] or 0):
        return code
    if POSTPROCESSORS & set(_classes(error)) or text.startswith(AFTERWARDS):
        return _of_disk([text, *error["warnings"]]) or _first(POSTPROCESSING, text) or FFMPEG_FAILED
    return None


def _of_disk(lines: Sequence[str]) -> str | None:
    return _found(FFMPEG_DISK, lines)


def _by_network_class(error: YtdlpError, text: str) -> str | None:
    classes = _classes(error)
    code = next((NETWORK_CLASSES[name] for name in classes if name in NETWORK_CLASSES), None)
    if not code and BROKEN_CONNECTION & set(classes):
        code = _found(NETWORK, [error["message"]]) or "connection_reset"
    return _unless_cut(code, error, text)


def _by_phrase(error: YtdlpError, text: str) -> str | None:
    straight = text.replace("’", "'")
    reason = straight[_end(SAID, straight) :]
    code = _first(PHRASES, reason)
    if code == MISSING:
        return _missing(error)
    return code or _by_network_words(error, text)


def _by_network_words(error: YtdlpError, text: str) -> str | None:
    if not TELLS_OF_NETWORK.match(text):
        return None
    if status := HTTP_ERROR.search(text):
        return _for_status(int(status[1]), error, text)
    return _unless_cut(_found(NETWORK, [text]), error, text)


def _by_warnings(error: YtdlpError, text: str) -> str | None:
    if not NOTHING_TO_CHOOSE.match(text):
        return None
    return _in_warnings(error["warnings"]) or _first(NO_FORMATS_LEFT, text)


def _in_warnings(warnings: Sequence[str]) -> str | None:
    lines = [warning for warning in warnings if not PASSED.search(warning)]
    return _worst_status(lines) or _found(NETWORK, lines) or _found(ABOUT_FORMATS, lines)


def _telling_words(error: YtdlpError, text: str, code: str) -> str:
    """The warning that decided, where the error itself does not say why."""
    decides: Callable[[Sequence[str]], str | None]
    if NOTHING_TO_CHOOSE.match(text):
        decides = _in_warnings
    elif text.startswith(AFTERWARDS):
        decides = _of_disk
    else:
        return text
    telling = (clean(line) for line in error["warnings"] if decides([line]) == code)
    return next(telling, text)


def _by_default(error: YtdlpError, _text: str) -> str | None:
    if error["exception"] in BUGS:
        return "internal_error"
    return "needs_newer_ytdlp" if UNEXPECTED in error["message"] else None


def _for_want_of_cookies(error: YtdlpError, code: str) -> str:
    told = any(COOKIES_EXPIRED.search(warning) for warning in error["warnings"])
    return "cookies_refused" if told and code in COOKIES_WOULD_DO else code


def _aside(error: YtdlpError, code: str) -> str:
    """Captions and pictures neither stop the lanes nor count as YouTube's refusal of a video."""
    harmless = FAILURES[code].policy is not Policy.HOLD and code != "youtube_blocked"
    return code if harmless or error["stage"] != "sidecar" else "sidecar_failed"


def _release_hint(code: str, text: str) -> timedelta | None:
    if code not in ("premiere", "live_not_started"):
        return None
    if told := IN_TIME.search(text):
        count = int(told[1]) if told[1].isdigit() else 1
        return count * UNITS[told[2].lower()]
    return SOON_MEANS if SOON.search(text) else None


def _for_status(status: int, error: YtdlpError, text: str) -> str:
    place = _place(error, text)
    if status >= 500:
        return "server_error"
    if place == "listing" and status == 404:
        return "incomplete_listing" if LATER_PAGE.match(text) else _missing(error)
    if place == "media" and status in MEDIA_STATUSES:
        return MEDIA_STATUSES[status]
    return STATUSES.get(status, "bad_answer")


def _worst_status(warnings: Iterable[str]) -> str | None:
    statuses = {int(number) for warning in warnings for number in HTTP_ERROR.findall(warning)}
    known = [status for status in (429, 402, 403) if status in statuses]
    if known:
        return STATUSES[known[0]]
    return "server_error" if any(status >= 500 for status in statuses) else None


def _unless_cut(code: str | None, error: YtdlpError, text: str) -> str | None:
    """A page that breaks off is a broken connection; only of media is something cut."""
    cut = code == "truncated_media" and _place(error, text) != "media"
    return "connection_reset" if cut else code


def _place(error: YtdlpError, text: str) -> str:
    """Where it happened: the text knows better than the stage, as one call may do it all."""
    if text.startswith(("unable to download video data", "Got error: ")):
        return "media"
    if "[youtube:tab] " in error["message"] or LATER_PAGE.match(text):
        return "listing"
    return "extract" if "[youtube] " in error["message"] else error["stage"]


def _missing(error: YtdlpError) -> str:
    subject = SUBJECT.search(error["message"])
    playlist = subject and PLAYLIST_SUBJECT.match(subject[1])
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

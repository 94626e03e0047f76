"""yt-dlp as one object: its warnings are kept, and a listing can be left between two pages."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final, NoReturn

import yt_dlp
from yt_dlp.networking.common import Response
from yt_dlp.networking.exceptions import HTTPError
from yt_dlp.utils import YoutubeDLError

from jobs.processes.child import ChildFailed, Events
from metadata.youtube.client.options import CHILD_ENVIRONMENT, Options, pause_before_retry
from metadata.youtube.errors.classify import YtdlpError, describe

VERSION: Final[str] = yt_dlp.version.__version__
FAILURES: Final = (YoutubeDLError, OSError)
_RETRIED: Final = ("http", "fragment", "file_access", "extractor")
# So many are enough to classify by; a listing of thousands may warn thousands of times.
_WARNINGS_KEPT: Final = 50
NOT_FOUND_PAUSE_S: Final = 0.2

Entry = dict[str, Any]


class _PageEnd(BaseException):
    """Leaves a lazy listing between two pages. No handler of yt-dlp takes it for an error."""


class NoNewEntry(BaseException):
    """Nothing came for longer than the caller is willing to wait."""


class Log:
    """yt-dlp's logger: the worker sees the warnings, the classification needs them."""

    def __init__(self, events: Events) -> None:
        self.warnings: list[str] = []
        self._events = events

    def debug(self, text: str) -> None:
        """Neither debug nor information: a listing would fill the log with its pages."""

    def info(self, text: str) -> None:
        """See `debug`."""

    def warning(self, text: str) -> None:
        if len(self.warnings) < _WARNINGS_KEPT:
            self.warnings.append(text)
            self._events.log(text, stream="stderr")

    def error(self, text: str) -> None:
        """What is raised is described; said here as well, it would stand twice in the log."""


class Ytdl:
    """One YoutubeDL for the whole of a child's work: a second one costs 0.1 s."""

    def __init__(self, options: Options, events: Events) -> None:
        os.environ.update(CHILD_ENVIRONMENT)
        self.log = Log(events)
        own = {
            "logger": self.log,
            "retry_sleep_functions": dict.fromkeys(_RETRIED, self._pause),
        }
        self.ydl: Any = yt_dlp.YoutubeDL({**options, **own})
        self._urlopen = self.ydl.urlopen
        self.ydl.urlopen = self._ask
        self._before_request: Callable[[], None] | None = None
        self._refusal: Response | None = None

    def close(self) -> None:
        """Without writing cookies back: a listing leaves no file."""
        self._let_go()
        self.ydl.params["cookiefile"] = None
        self.ydl.close()

    def open(self, url: str, **options: Any) -> Entry:
        """A page of YouTube, its entries not yet asked for. Redirections are followed."""
        with self._params(options):
            found: Entry = self.ydl.extract_info(url, download=False, process=False)
            for _ in range(3):
                if found.get("_type") not in ("url", "url_transparent"):
                    break
                found = self.ydl.extract_info(found["url"], download=False, process=False)
        return found

    def visit(self, url: str) -> Entry:
        """Everything about one video."""
        self.log.warnings.clear()
        info: Entry = self.ydl.extract_info(url, download=False)
        sanitized: Entry = self.ydl.sanitize_info(info)
        return sanitized

    def pages(self, entries: Iterable[Any], on_page: Callable[[list[Entry]], bool]) -> bool:
        """Hands over each page as soon as it is there, before the next one is asked for.

        Stops where `on_page` says False. Returns whether the end of the listing was reached.
        """
        page: list[Entry] = []

        def before_request() -> None:
            whole, page[:] = list(page), []
            # Empty when a request is repeated after an error.
            if whole and not on_page(whole):
                raise _PageEnd

        self._before_request = before_request
        try:
            page.extend(entry for entry in entries if entry)
        except _PageEnd:
            return False
        finally:
            self._before_request = None
        if page:
            on_page(page)
        return True

    def describe(self, error: BaseException, stage: str) -> YtdlpError:
        return describe(error, self.log.warnings, stage)

    def _ask(self, request: Any) -> Any:
        if self._before_request is not None:
            self._before_request()
        self._let_go()
        try:
            return self._urlopen(request)
        except HTTPError as error:
            self._refusal = error.response
            raise

    def _let_go(self) -> None:
        """yt-dlp reads the start of a refusal and drops it, with its connection still open."""
        if self._refusal is not None:
            self._refusal.close()
        self._refusal = None

    def _pause(self, n: int) -> float:
        """yt-dlp asks again for a page that is not there, and then again in another way.

        Whoever mistyped a channel would wait 14 s. A later page of a listing is another matter:
        there a 404 now and then passes.
        """
        refused = self._refusal is not None and self._refusal.status == 404
        if refused and self._before_request is None:
            return NOT_FOUND_PAUSE_S
        return pause_before_retry(n)

    @contextmanager
    def _params(self, options: Mapping[str, Any]) -> Iterator[None]:
        before = {key: self.ydl.params.get(key) for key in options}
        self.ydl.params.update(options)
        try:
            yield
        finally:
            self.ydl.params.update(before)


class Patience:
    """The longest silence between two entries; `None` waits for ever.

    An alarm, because yt-dlp may sit in one read for minutes. A child's SIGALRM is its own.
    """

    def __init__(self, limit_s: float | None) -> None:
        self._limit_s = limit_s or 0.0
        if limit_s:
            signal.signal(signal.SIGALRM, self._ring)

    def renew(self) -> None:
        if self._limit_s:
            signal.setitimer(signal.ITIMER_REAL, self._limit_s)

    def rest(self) -> None:
        """While we work ourselves: an alarm inside an event would cut its line in two."""
        if self._limit_s:
            signal.setitimer(signal.ITIMER_REAL, 0)

    def _ring(self, number: int, frame: FrameType | None) -> NoReturn:
        raise NoNewEntry(f"No new entry for {self._limit_s:g} s.")


@contextmanager
def told(ytdl: Ytdl, stage: str) -> Iterator[None]:
    """What yt-dlp raises, as a description that crosses the wall; our own bugs pass through."""
    try:
        yield
    except FAILURES as error:
        raise ChildFailed({**ytdl.describe(error, stage)}) from error
    except NoNewEntry as silence:
        raise ChildFailed({**ytdl.describe(TimeoutError(str(silence)), stage)}) from silence
    finally:
        ytdl.close()

"""One run over a source: what the child sends becomes rows. The job and the command share it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, TypedDict

from django.conf import settings
from django.utils import timezone

from jobs.processes.child_process import ChildEnd, Event
from jobs.results import Failed
from metadata.child_failures import described, failure_of
from metadata.cookies import cookies_file
from metadata.models import YouTubeVideoMetadata
from metadata.store.changes import Source as From
from metadata.store.counts import Counts, Summary, summary
from metadata.store.upsert import close_playlist, plan, upsert_many
from metadata.youtube.listing.request import DEFAULT_TABS
from metadata.youtube.sources import Source, SourceKind, parse_source

# The parameters that name a source, of which a job has exactly one.
SOURCES: Final[Mapping[str, SourceKind]] = {
    "channel_url": SourceKind.CHANNEL,
    "channel_id": SourceKind.CHANNEL,
    "playlist_url": SourceKind.PLAYLIST,
    "video_url": SourceKind.VIDEO,
    "video_id": SourceKind.VIDEO,
}
DEFAULT_TIMEOUT_S: Final = 300.0
SAMPLE: Final = 5
ERRORS_KEPT: Final = 50
# A full run that is tried again goes on where it was: what it looked at lately is not asked again.
STILL_FRESH: Final = timedelta(days=1)
MOST_VISITED: Final = 20_000


class EntryError(TypedDict):
    id: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted of a source."""

    source: Source
    full: bool = False
    force: bool = False
    """Also what was looked at in full within STILL_FRESH."""
    max_entries: int | None = None
    timeout_s: float = DEFAULT_TIMEOUT_S
    dry_run: bool = False


@dataclass
class Extraction:
    """Takes the events of one child; `save` is the transaction that each batch is written in."""

    wish: Wish
    save: Callable[[], AbstractContextManager[None]] = nullcontext
    counts: Counts = field(default_factory=Counts)
    about: Event = field(default_factory=dict)
    sample: list[dict[str, Any]] = field(default_factory=list)
    entry_errors: list[EntryError] = field(default_factory=list)
    first_failed: Failed | None = None
    started_at: datetime = field(default_factory=timezone.now)
    _clock: float = field(default_factory=time.monotonic)

    @property
    def function(self) -> str:
        single = self.wish.source.kind is SourceKind.VIDEO
        return f"metadata.youtube.child.{'extract_video' if single else 'list_source'}"

    def parameters(self) -> dict[str, Any]:
        """For the child. Raises CookiesMissing."""
        source = self.wish.source
        return {
            "kind": str(source.kind),
            "id": source.id,
            "tabs": [str(source.tab)] if source.tab else list(DEFAULT_TABS),
            "max_entries": self.wish.max_entries,
            "full": self.wish.full,
            "visited": self._visited(),
            "timeout_s": self.wish.timeout_s,
            "cookies_file": cookies_file(),
            "proxy": settings.PROXY or None,
        }

    @property
    def done(self) -> int:
        return self.counts.succeeded + self.counts.errors

    def take(self, event: Event) -> None:
        match event.get("event"):
            case "source":
                self.about = event
            case "entries":
                self._keep(event["entries"], full=self.wish.full)
            case "entry_error":
                failed = described(event["error"], at=timezone.now())
                self._count_error(str(event["id"]), failed)

    def finish(self, end: ChildEnd) -> Failed | None:
        """Takes the child's last word; the failure if it failed, or if every entry did."""
        result = end.result
        if result is None:
            return self.fail(failure_of(end, at=timezone.now()))
        if "info" in result:
            self._keep([result["info"]], full=True)
        self.counts += Counts(unchanged=int(result.get("skipped") or 0))
        self._close_playlist(result)
        return None if self.counts.succeeded else self.first_failed

    def fail(self, failed: Failed) -> Failed:
        """Counts a source that failed as a whole."""
        self.counts += Counts(errors=1)
        return failed

    def summary(self) -> Summary:
        return summary(self.counts, seconds=time.monotonic() - self._clock)

    def _keep(self, infos: list[dict[str, Any]], *, full: bool) -> None:
        self.sample += infos[: SAMPLE - len(self.sample)]
        source: From = "full" if full else "flat"
        if self.wish.dry_run:
            self.counts += plan(infos, source=source).counts
            return
        with self.save():
            self.counts += upsert_many(infos, source=source)

    def _count_error(self, youtube_id: str, failed: Failed) -> None:
        self.counts += Counts(errors=1)
        self.first_failed = self.first_failed or failed
        if len(self.entry_errors) < ERRORS_KEPT:
            said = EntryError(id=youtube_id, code=failed.code, message=failed.message)
            self.entry_errors.append(said)

    def _close_playlist(self, result: Mapping[str, Any]) -> None:
        """Only a listing that is known to be whole says what is no longer in a playlist."""
        source = self.wish.source
        if source.kind is SourceKind.PLAYLIST and result.get("complete") and not self.wish.dry_run:
            with self.save():
                close_playlist(source.id, before=self.started_at)

    def _visited(self) -> list[str]:
        if not self.wish.full or self.wish.force:
            return []
        source, rows = self.wish.source, YouTubeVideoMetadata.objects.all()
        is_playlist = source.kind is SourceKind.PLAYLIST
        inside = rows.in_playlist(source.id) if is_playlist else rows.of_channel(source.id)
        fresh = inside.full_since(self.started_at - STILL_FRESH)
        return list(fresh.ids()[:MOST_VISITED])


def source_of(parameters: Mapping[str, Any]) -> Source:
    """The source that a job's validated parameters name."""
    name = next(name for name in SOURCES if parameters.get(name))
    return parse_source(parameters[name], expect=SOURCES[name])

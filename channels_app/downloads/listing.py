"""Downloading a channel or a playlist: list it, and start a job for each wanted video."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.conf import settings
from django.db.models import Q

from channels_app.catalog.defaults import group_named
from channels_app.catalog.sources import (
    channel_seen,
    known_channel,
    playlist_listed,
    playlist_seen,
    tabs_listed,
)
from channels_app.catalog.tracks import forget_others, place_in, tracks_of
from channels_app.downloads.fanout import Rule, Started, start_downloads
from channels_app.models import Channel, ChannelGroup, Playlist, Track
from channels_app.storage import errors
from jobs.execution.attempt import Work
from jobs.processes.child_process import Event
from jobs.results import Completed, Result, WaitForChildren
from metadata.cookies import cookies_file
from metadata.store.upsert import upsert_many
from metadata.youtube.listing.request import DEFAULT_TABS

CHILD: Final = "metadata.youtube.child.list_source"
BATCH: Final = 200


@dataclass
class ListingDownload:
    """One attempt at listing a source; its videos are started while the list still arrives."""

    work: Work
    kind: str
    source_id: str
    asked: Mapping[str, Any]
    """The child's further parameters: tabs, max_entries, playlist_range."""
    group_name: str
    rule: Rule
    started: Started = field(default_factory=Started)
    seen: set[str] = field(default_factory=set)
    seen_pks: set[int] = field(default_factory=set)
    total: int = 0
    group: ChannelGroup = field(init=False)
    channel: Channel | None = None
    playlist: Playlist | None = None

    def run(self) -> Result:
        with self.work.fenced():
            self.group = group_named(self.group_name)
        self.work.say(f"Listing the {self.kind} {self.source_id}.")
        end = self.work.run_child(CHILD, self._parameters(), self._hear)
        if end.result is None:
            return errors.of_child(end)
        self.work.ytdlp_version = str(end.result["ytdlp_version"])
        self.total = len(self.seen)
        if end.result["stopped_early"] and self.channel:
            self._take_the_rest(self.channel)
        self._close(whole=bool(end.result["complete"]))
        return self._answer(end.result)

    def _parameters(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "id": self.source_id,
            "uploads_lists": True,
            "known": self._known(),
            "cookies_file": cookies_file(),
            "proxy": settings.PROXY,
            **self.asked,
        }

    def _known(self) -> list[str]:
        """Videos that an earlier listing, read to its end, has brought: no page of these is news.

        What came after it does not count: a listing that broke off leaves new videos unread. Nor
        does what another tab has brought: this one may never have been read.
        """
        channel = known_channel(self.source_id) if self.kind == "channel" else None
        if channel is None or not self.rule.skip_known:
            return []
        brought = Q(pk=None)
        for tab in self._tabs:
            listed_at = channel.tab_listed_at(tab)
            if listed_at is None:
                return []
            brought |= Q(tab=tab, added_at__lte=listed_at)
        self.channel = channel
        return list(channel.tracks.filter(brought).values_list("youtube_id", flat=True))

    @property
    def _tabs(self) -> Sequence[str]:
        return self.asked.get("tabs") or DEFAULT_TABS

    def _hear(self, event: Event) -> None:
        match event["event"]:
            case "source":
                self._introduce(event)
            case "entries":
                self._take(event["entries"], tab=event["tab"] or "")

    def _introduce(self, told: Event) -> None:
        with self.work.fenced():
            if self.kind == "channel":
                self.channel = channel_seen(told, group=self.group)
            else:
                known = Channel.objects.filter(channel_id=str(told.get("channel_id"))).first()
                self.playlist = playlist_seen(self.source_id, told, group=self.group, channel=known)

    def _take(self, entries: list[dict[str, Any]], *, tab: str) -> None:
        """One batch, in one transaction: metadata, tracks, memberships, jobs and links."""
        new = [entry for entry in entries if entry["id"] not in self.seen]
        with self.work.fenced():
            upsert_many(new, source="flat")
            tracks = tracks_of(new, channel=self.channel, tab=tab)
            if self.playlist:
                place_in(self.playlist, dict(zip(tracks, self._places(new), strict=True)))
            start_downloads(self.work, tracks, self.rule, started=self.started)
        self.seen |= {entry["id"] for entry in new}
        self.seen_pks |= {track.pk for track in tracks}
        self.work.progress(len(self.seen), None, self._so_far())

    def _places(self, new: list[dict[str, Any]]) -> list[int]:
        """Their places in the whole playlist, of which only a range may be listed."""
        counted = enumerate(new, start=len(self.seen) + 1)
        return [int(entry.get("playlist_index") or place) for place, entry in counted]

    def _take_the_rest(self, channel: Channel) -> None:
        """What stands behind the page where the listing stopped: known, but perhaps not here."""
        rest = channel.tracks.exclude(tab="")
        if tabs := self.asked.get("tabs"):
            rest = rest.filter(tab__in=tabs)
        ids = list(rest.order_by("pk").values_list("pk", flat=True))
        unseen = [pk for pk in ids if pk not in self.seen_pks]
        self.total += len(unseen)
        for start in range(0, len(unseen), BATCH):
            batch = unseen[start : start + BATCH]
            with self.work.fenced():
                tracks = list(Track.objects.filter(pk__in=batch).order_by("pk"))
                start_downloads(self.work, tracks, self.rule, started=self.started)

    def _so_far(self) -> str:
        return f"{len(self.seen)} listed, {self.started.queued} to download"

    def _close(self, *, whole: bool) -> None:
        """Notes that the source has been read to its end, or to what was known of it."""
        with self.work.fenced():
            if self.channel:
                tabs_listed(self.channel, self._tabs)
            if self.playlist and whole and not self.asked.get("playlist_range"):
                playlist_listed(self.playlist)
                forget_others(self.playlist, self.seen)

    def _answer(self, result: Mapping[str, Any]) -> Result:
        started = self.started
        told = {
            "listed": len(self.seen),
            "total": self.total,
            "tabs": result["tabs"],
            "complete": result["complete"],
            "here": started.here,
            "queued": started.queued,
            "left": started.left,
            "skipped": dict(started.skipped),
        }
        message = self.sentence()
        self.work.say(message)
        for why, count in started.skipped.most_common():
            self.work.say(f"Skipped {count}: {why}")
        if started.queued:
            return WaitForChildren(message, told)
        return Completed(message, told)

    def sentence(self) -> str:
        """ "Nothing new: 117 of 117 are here.", "117 videos: 80 to download, 37 here." """
        started, total = self.started, self.total
        skipped = sum(started.skipped.values())
        more = f", {skipped} skipped" if skipped else ""
        more += f", {started.left} left for later" if started.left else ""
        if not started.queued:
            return f"Nothing new: {started.here} of {total} are here{more}."
        return f"{total} videos: {started.queued} to download, {started.here} here{more}."

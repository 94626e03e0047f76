"""Lists a channel or a playlist page by page: what is sent, counted and opened is the single video.

A channel's page comes first: one request that names the channel, tells which tabs it has, and
brings the newest thirty videos. If these are known already, that was all. What is longer goes on
in the tab's uploads list, whose pages hold a hundred (2,429 videos: 26 requests and 3 s, where the
tab takes 81 and 9), or in the tab itself where YouTube has no such list.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, Literal

from jobs.processes.child import Events
from metadata.youtube.client.client import FAILURES, Patience, Ytdl
from metadata.youtube.errors.classify import classify
from metadata.youtube.listing import entries, source_info
from metadata.youtube.listing.entries import Info
from metadata.youtube.listing.request import ListingRequest
from metadata.youtube.sources import Tab, channel_tab_url, channel_url, playlist_url, uploads_list

BATCH: Final = 50
DEEPEST: Final = 3
_NO_SUCH_LIST: Final = frozenset({"playlist_not_found", "channel_not_found"})
# The uploads lists leave out what is lost, so the request for "unavailable videos" is saved.
_AS_IT_COMES: Final = {"compat_opts": {"no-youtube-unavailable-videos"}}

# The listing ended, its rest is not wanted, or more of it is to be had elsewhere.
End = Literal["whole", "enough", "more"]


@dataclass(frozen=True, slots=True)
class Reading:
    """What is being read, and when to leave it."""

    tab: str = ""
    channel: Info = field(default_factory=dict)
    playlist: Info = field(default_factory=dict)
    newest_first: bool = False
    """Only then does a page of known videos say that the rest is known as well."""


@dataclass
class Listing:
    """One run over a source, from its first page to its last."""

    request: ListingRequest
    ytdl: Ytdl
    events: Events
    patience: Patience
    tabs: dict[str, int] = field(default_factory=dict)
    found: dict[str, Info] = field(default_factory=dict)
    stopped_early: bool = False
    _channel: Info = field(default_factory=dict)
    _unopened: list[tuple[str, Reading]] = field(default_factory=list)
    _index: int = 0
    _satisfied: bool = False

    def run(self) -> None:
        self.patience.renew()
        if self.request.kind == "playlist":
            self._list_playlist()
        else:
            self._list_channel()
        for _ in range(DEEPEST):
            self._open_what_was_met()
        self.patience.rest()

    # --- a channel --------------------------------------------------------------------------------

    def _list_channel(self) -> None:
        pages = self._channel_pages()
        for tab in self.request.tabs:
            self.tabs.setdefault(tab, 0)
            if tab in pages and self._room():
                self._list_tab(tab, pages[tab])

    def _channel_pages(self) -> dict[str, Info]:
        """The page, or at least the address, of each tab that the channel has."""
        if len(self.request.tabs) == 1:
            [tab] = self.request.tabs
            page = self.ytdl.open(channel_tab_url(self.request.id, Tab(tab)))
            pages = {tab: page}
        else:
            # "0" keeps yt-dlp from opening the other tabs: their addresses are enough.
            page = self.ytdl.open(channel_url(self.request.id), playlist_items="0")
            parts = page["entries"] if isinstance(page.get("entries"), list) else [page]
            pages = {source_info.tab_of(part): part for part in parts}
        self._channel = source_info.channel(page)
        self._introduce(page, list(pages))
        if "playlists" in self.request.tabs:
            pages.setdefault("playlists", {"_type": "url"})
        return pages

    def _list_tab(self, tab: str, page: Info) -> None:
        reading = Reading(tab, self._channel, newest_first=tab != "playlists")
        uploads = self._uploads_of(tab, page)
        opened = page.get("_type") == "playlist"
        if opened and self._read(page, reading, first_page_only=bool(uploads)) != "more":
            return
        if uploads and self._list_uploads(uploads, reading):
            return
        if again := self._open_tab(tab):
            self._read(again, reading)

    def _uploads_of(self, tab: str, page: Info) -> str | None:
        if not self.request.uploads_lists or source_info.is_list(page):
            return None
        return uploads_list(str(self._channel.get("channel_id") or ""), Tab(tab))

    def _list_uploads(self, playlist_id: str, reading: Reading) -> bool:
        """False where YouTube has no such list, or one that adds nothing to the tab itself."""
        before = len(self.found)
        try:
            page = self.ytdl.open(playlist_url(playlist_id), **_AS_IT_COMES)
        except FAILURES as error:
            if self._code(error) in _NO_SUCH_LIST:
                return False
            raise
        return self._read(page, reading) == "enough" or len(self.found) > before

    def _open_tab(self, tab: str) -> Info | None:
        """None for a tab that the channel lacks, where others were asked for as well."""
        try:
            return self.ytdl.open(channel_tab_url(self.request.id, Tab(tab)))
        except FAILURES as error:
            if self._code(error) != "channel_has_no_tab" or len(self.request.tabs) == 1:
                raise
            return None

    def _code(self, error: BaseException) -> str:
        return classify(self.ytdl.describe(error, "listing")).code

    # --- a playlist, and what a listing has inside it ---------------------------------------------

    def _list_playlist(self) -> None:
        page = self.ytdl.open(playlist_url(self.request.id))
        self._introduce(page, [])
        # A person adds to a playlist at either end; the lists that YouTube makes start with the
        # newest, and are the channel's own.
        made_by_youtube = self.request.id.startswith("UU")
        if made_by_youtube:
            self._read(page, Reading(channel=source_info.channel(page), newest_first=True))
        else:
            self._read(page, Reading(playlist=page))

    def _open_what_was_met(self) -> None:
        """The tabs and playlists among the entries, which never count as videos."""
        met, self._unopened = self._unopened, []
        for url, reading in met:
            if self._room():
                page = self.ytdl.open(url)
                self._read(page, Reading(reading.tab, playlist=page))

    # --- pages ------------------------------------------------------------------------------------

    def _read(self, page: Info, reading: Reading, *, first_page_only: bool = False) -> End:
        self._index = 0
        self._satisfied = False

        def take(entries_of_page: list[Info]) -> bool:
            self._take(entries_of_page, reading)
            return not (self._satisfied or first_page_only)

        if self.ytdl.pages(page.get("entries") or (), take):
            # What was cut short on its last page may as well have been on any other.
            end: End = "whole" if self._room() and not self.request.ranges else "enough"
        else:
            end = "enough" if self._satisfied else "more"
        self.stopped_early |= end == "enough"
        return end

    def _take(self, page: list[Info], reading: Reading) -> None:
        self.patience.rest()
        self._send(list(self._new(page, reading)), reading)
        self.patience.renew()
        past = bool(reading.playlist) and self.request.is_past(self._index)
        known = reading.newest_first and self._knows_all(page)
        self._satisfied = past or known or not self._room()

    def _new(self, page: Iterable[Info], reading: Reading) -> Iterator[Info]:
        for entry in page:
            if not entries.is_video(entry):
                self._unopened.append((entry["url"], reading))
                continue
            self._index += 1
            wanted = not reading.playlist or self.request.wants(self._index)
            if wanted and self._room() and entry["id"] not in self.found:
                yield self._reduced(entry, reading)

    def _reduced(self, entry: Info, reading: Reading) -> Info:
        reduced = entries.flat(entry, tab=reading.tab, channel=reading.channel)
        if reading.playlist:
            reduced |= source_info.membership(reading.playlist, self._index)
        # Only a full run comes back to them.
        self.found[entry["id"]] = reduced if self.request.full else {}
        self.tabs[reading.tab] = self.tabs.get(reading.tab, 0) + 1
        return reduced

    def _send(self, videos: list[Info], reading: Reading) -> None:
        if self.request.full:
            self.events.progress(0, None, f"{len(self.found)} videos listed")
            return
        for start in range(0, len(videos), BATCH):
            self.events.send("entries", tab=reading.tab, entries=videos[start : start + BATCH])

    def _knows_all(self, page: list[Info]) -> bool:
        known = self.request.known
        return bool(known) and all(entry.get("id") in known for entry in page)

    def _room(self) -> bool:
        most = self.request.max_entries
        return most is None or len(self.found) < most

    def _introduce(self, page: Info, tabs: list[str]) -> None:
        said = source_info.source(self.request.kind, self.request.id, page, tabs=tabs)
        self.events.send("source", **said)

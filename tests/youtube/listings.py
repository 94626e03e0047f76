"""Channel tabs, playlists and their continuation pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from .catalogue import Catalogue
from .channels import TABS, Channel, Playlist, Video
from .in_force import Faults
from .listing_heads import channel_metadata, playlist_metadata
from .lockups import lost_lockup, playlist_lockup, short_lockup, video_lockup
from .refusals import LOST_AS_DELETED, LOST_AS_PRIVATE
from .wire import Json

T = TypeVar("T")

PLAYLIST_PAGE = 100

TAB_TITLES = {"videos": "Videos", "shorts": "Shorts", "streams": "Live", "playlists": "Playlists"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a listing: the tab of a channel or a playlist, and the page, 0 being the first.

    Page 1 is the first continuation, as yt-dlp counts in its messages."""

    owner: str
    tab: str
    page: int = 0

    def token(self) -> str:
        return f"{self.owner}:{self.tab}:{self.page}"

    @classmethod
    def from_token(cls, token: str) -> Place:
        owner, tab, page = token.split(":")
        return cls(owner, tab, int(page))

    def next(self) -> Place:
        return Place(self.owner, self.tab, self.page + 1)


class Listings:
    def __init__(self, catalogue: Catalogue, faults: Faults) -> None:
        self._catalogue, self._faults = catalogue, faults

    def channel_page(self, channel: Channel, tab: str) -> Json:
        """The page of a tab; of Home if the channel has no such tab, as YouTube does."""
        tabs = [_tab(channel, "featured", "Home")]
        tabs += [_tab(channel, name, TAB_TITLES[name]) for name in _tabs_of(channel)]
        wanted = next((t for t in tabs if t["tabRenderer"]["tabIdentifier"] == tab), tabs[0])
        selected: Json = wanted["tabRenderer"]
        selected["selected"] = True
        if wanted is not tabs[0]:
            selected["content"] = self._tab_content(channel, tab)
        return {
            "contents": {"twoColumnBrowseResultsRenderer": {"tabs": tabs}},
            **channel_metadata(channel),
        }

    def playlist_page(self, playlist: Playlist, *, with_lost: bool) -> Json:
        items = self._playlist_items(playlist, 0, with_lost=with_lost)
        section = {"itemSectionRenderer": {"contents": items}}
        tab = {"selected": True, "content": {"sectionListRenderer": {"contents": [section]}}}
        return {
            "contents": {"twoColumnBrowseResultsRenderer": {"tabs": [{"tabRenderer": tab}]}},
            **playlist_metadata(playlist),
        }

    def continuation(self, place: Place) -> Json | None:
        items = self._continued(place)
        if items is None:
            return None
        action = {"appendContinuationItemsAction": {"continuationItems": items}}
        return {"onResponseReceivedActions": [action]}

    def _continued(self, place: Place) -> list[Json] | None:
        if place.tab == "list":
            playlist = self._catalogue.playlist(place.owner)
            if playlist is None:
                return None
            return self._playlist_items(playlist, place.page, with_lost=True)
        channel = self._catalogue.channel(place.owner)
        return self._tab_items(channel, place) if channel else None

    def _tab_content(self, channel: Channel, tab: str) -> Json:
        items = self._tab_items(channel, Place(channel.channel_id, tab))
        if tab != "playlists":
            return {"richGridRenderer": {"contents": items}}
        section = {"itemSectionRenderer": {"contents": [{"gridRenderer": {"items": items}}]}}
        return {"sectionListRenderer": {"contents": [section]}}

    def _tab_items(self, channel: Channel, place: Place) -> list[Json]:
        if place.tab == "playlists":
            lists, more = _page(channel.playlists, place.page, channel.per_page)
            items = [playlist_lockup(playlist) for playlist in lists]
        else:
            tab = next(name for name in TABS if name == place.tab)
            videos, more = _page(channel.on(tab), place.page, channel.per_page)
            items = [{"richItemRenderer": {"content": self._tab_item(v)}} for v in videos]
        return items + ([_continuation(place.next())] if more else [])

    def _tab_item(self, video: Video) -> Json:
        if video.tab == "shorts":
            return short_lockup(video)
        return video_lockup(video, self._faults.of(video.video_id), with_channel=False)

    def _playlist_items(self, playlist: Playlist, page: int, *, with_lost: bool) -> list[Json]:
        shown = [v for v in playlist.videos if with_lost or not self._lost_title(playlist, v)]
        videos, more = _page(shown, page, PLAYLIST_PAGE)
        items = [self._playlist_item(playlist, video) for video in videos]
        place = Place(playlist.playlist_id, "list", page)
        return items + ([_continuation(place.next())] if more else [])

    def _playlist_item(self, playlist: Playlist, video: Video) -> Json:
        title = self._lost_title(playlist, video)
        if title:
            return lost_lockup(video.video_id, title)
        return video_lockup(video, self._faults.of(video.video_id), with_channel=True)

    def _lost_title(self, playlist: Playlist, video: Video) -> str | None:
        # Uploads lists and tabs simply leave a lost video out, once it is removed.
        if playlist.playlist_id.startswith("UU"):
            return None
        faults = self._faults.of(video.video_id)
        if self._catalogue.is_lost(video.video_id) or faults & LOST_AS_DELETED:
            return "[Deleted video]"
        return "[Private video]" if faults & LOST_AS_PRIVATE else None


def _page(things: Sequence[T], page: int, size: int) -> tuple[Sequence[T], bool]:
    start = page * size
    return things[start : start + size], start + size < len(things)


def _continuation(place: Place) -> Json:
    command = {"token": place.token(), "request": "CONTINUATION_REQUEST_TYPE_BROWSE"}
    return {"continuationItemRenderer": {"continuationEndpoint": {"continuationCommand": command}}}


def _tabs_of(channel: Channel) -> list[str]:
    tabs: list[str] = [name for name in TABS if channel.on(name)]
    return tabs + (["playlists"] if channel.playlists else [])


def _tab(channel: Channel, name: str, title: str) -> Json:
    url = {"commandMetadata": {"webCommandMetadata": {"url": f"/@{channel.handle}/{name}"}}}
    return {"tabRenderer": {"title": title, "tabIdentifier": name, "endpoint": url}}

"""What the loopback YouTube has, changeable while it runs."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from . import invention
from .channels import TABS, Channel, Playlist, Tab, Video
from .invention import made_up

UPLOADS: dict[str, tuple[Tab, ...]] = {
    "UULF": ("videos",),
    "UUSH": ("shorts",),
    "UULV": ("streams",),
    "UU": TABS,
}


class Catalogue:
    """Every change raises `version`, which is what answers made earlier are thrown away by."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._channels: dict[str, Channel] = {}
        self._videos: dict[str, Video] = {}
        self._lost: dict[str, Video] = {}
        self._playlists: dict[str, Playlist] = {}
        self.version = 0

    def add_channel(
        self,
        handle: str,
        videos: int = 0,
        shorts: int = 0,
        streams: int = 0,
        playlists: int = 0,
        *,
        channel_id: str | None = None,
        title: str | None = None,
        with_uploads_lists: bool = True,
        per_page: int = 30,
        duration: float = 3.0,
        bytes: int | None = None,
    ) -> Channel:
        """A channel with made-up videos of `duration` seconds, padded to `bytes` in all."""
        channel = Channel(
            handle=handle,
            channel_id=channel_id or invention.channel_id(handle),
            title=title or handle,
            with_uploads_lists=with_uploads_lists,
            per_page=per_page,
            description=invention.description(handle, f"All about {handle}"),
            subscribers=invention.number(100, 2_000_000, "subscribers", handle),
        )
        with self._lock:
            self._channels[channel.channel_id] = channel
            for tab, count in zip(TABS, (videos, shorts, streams), strict=True):
                for index in range(count):
                    made = made_up(channel, tab, index, duration=duration, size=bytes)
                    self._keep(made, len(channel.on(tab)))
            for index in range(playlists):
                chosen = channel.videos[index :: max(1, playlists)]
                self.add_playlist(channel, f"{channel.title}, series {index + 1}", chosen)
            self.version += 1
        return channel

    def add_video(
        self,
        channel: Channel,
        title: str,
        *,
        video_id: str | None = None,
        tab: Tab = "videos",
        position: int = 0,
        **details: Any,
    ) -> Video:
        """`details` are fields of Video. Position 0 is the newest."""
        with self._lock:
            siblings = channel.on(tab)
            details.setdefault("uploaded_at", _date_at(siblings, position))
            details.setdefault("description", invention.description(channel.title, title))
            chosen = video_id or invention.video_id(channel.handle, tab + title, len(self._videos))
            video = Video(chosen, title, channel, tab, **details)
            self._keep(video, position)
            self.version += 1
        return video

    def add_playlist(
        self,
        channel: Channel,
        title: str,
        videos: Sequence[Video],
        *,
        playlist_id: str | None = None,
    ) -> Playlist:
        made = invention.playlist_id(channel.handle, title, len(channel.playlists))
        playlist = Playlist(playlist_id or made, title, channel, list(videos))
        with self._lock:
            channel.playlists.append(playlist)
            self._playlists[playlist.playlist_id] = playlist
            self.version += 1
        return playlist

    def remove_video(self, video_id: str) -> None:
        """Gone from its tab and its uploads lists; playlists keep it as [Deleted video]."""
        with self._lock:
            video = self._videos.pop(video_id)
            video.channel.on(video.tab).remove(video)
            self._lost[video_id] = video
            self.version += 1

    def edit_video(self, video_id: str, **changes: Any) -> Video:
        with self._lock:
            video = self._videos[video_id]
            for name, value in changes.items():
                setattr(video, name, value)
            self.version += 1
        return video

    def remove_channel(self, channel: Channel) -> None:
        with self._lock:
            for tab in TABS:
                for video in list(channel.on(tab)):
                    self.remove_video(video.video_id)
            self._channels.pop(channel.channel_id, None)
            self.version += 1

    def video(self, video_id: str) -> Video | None:
        return self._videos.get(video_id)

    def is_lost(self, video_id: str) -> bool:
        return video_id in self._lost

    def channels(self) -> list[Channel]:
        with self._lock:
            return list(self._channels.values())

    def channel(self, name: str) -> Channel | None:
        """By id, or by handle with or without @, in any case."""
        if name in self._channels:
            return self._channels[name]
        wanted = name.removeprefix("@").casefold()
        return next((c for c in self.channels() if c.handle.casefold() == wanted), None)

    def playlist(self, playlist_id: str) -> Playlist | None:
        with self._lock:
            return self._playlists.get(playlist_id) or self._uploads_list(playlist_id)

    def _uploads_list(self, playlist_id: str) -> Playlist | None:
        for prefix, tabs in UPLOADS.items():
            channel = self._channels.get("UC" + playlist_id.removeprefix(prefix))
            if channel and channel.with_uploads_lists and playlist_id.startswith(prefix):
                uploads = channel.uploads(tabs)
                if uploads:
                    return Playlist(playlist_id, _uploads_title(channel, prefix), channel, uploads)
        return None

    def _keep(self, video: Video, position: int) -> None:
        if video.video_id in self._videos:
            raise ValueError(f"{video.video_id} is in the catalogue already")
        self._lost.pop(video.video_id, None)
        self._videos[video.video_id] = video
        video.channel.on(video.tab).insert(position, video)


def _uploads_title(channel: Channel, prefix: str) -> str:
    titles = {"UULF": "Videos", "UUSH": "Short videos", "UULV": "Past live streams"}
    return titles.get(prefix, f"Uploads from {channel.title}")


def _date_at(siblings: Sequence[Video], position: int) -> datetime:
    if not siblings:
        return invention.NEWEST
    if position == 0:
        return siblings[0].uploaded_at + timedelta(hours=1)
    return siblings[min(position, len(siblings)) - 1].uploaded_at - timedelta(minutes=1)

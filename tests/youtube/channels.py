"""What YouTube consists of: channels, and their videos and playlists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Tab = Literal["videos", "shorts", "streams"]
CaptionKind = Literal["manual", "asr"]

TABS: tuple[Tab, ...] = ("videos", "shorts", "streams")


@dataclass(slots=True, eq=False)
class Video:
    video_id: str
    title: str
    channel: Channel = field(repr=False)
    tab: Tab
    uploaded_at: datetime
    duration: float = 3.0
    bytes: int | None = None
    description: str = ""
    tags: Sequence[str] = ()
    chapters: Sequence[tuple[float, str]] = ()
    captions: Mapping[str, CaptionKind] = field(default_factory=dict)
    spoken: Sequence[str] = ()
    category: str = "Education"
    license: str | None = None
    location: str | None = None
    views: int = 1000
    likes: int = 50
    comments: int = 5
    family_safe: bool = True
    unlisted: bool = False


@dataclass(slots=True, eq=False)
class Playlist:
    playlist_id: str
    title: str
    channel: Channel = field(repr=False)
    videos: list[Video] = field(repr=False)
    description: str = ""


@dataclass(slots=True, eq=False)
class Channel:
    handle: str
    channel_id: str
    title: str
    with_uploads_lists: bool = True
    per_page: int = 30
    description: str = ""
    subscribers: int = 12_300
    verified: bool = True
    tags: Sequence[str] = ("gardening", "slow living")
    videos: list[Video] = field(default_factory=list, repr=False)
    shorts: list[Video] = field(default_factory=list, repr=False)
    streams: list[Video] = field(default_factory=list, repr=False)
    playlists: list[Playlist] = field(default_factory=list, repr=False)

    def on(self, tab: Tab) -> list[Video]:
        return {"videos": self.videos, "shorts": self.shorts, "streams": self.streams}[tab]

    def uploads(self, tabs: Sequence[Tab]) -> list[Video]:
        if len(tabs) == 1:
            return list(self.on(tabs[0]))
        found = [video for tab in tabs for video in self.on(tab)]
        return sorted(found, key=lambda video: video.uploaded_at, reverse=True)

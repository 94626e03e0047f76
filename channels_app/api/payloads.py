"""Tracks and their files as JSON."""

from __future__ import annotations

from typing import TypedDict

from channels_app.catalog.status import shown_state, why
from channels_app.models import Track, TrackFile
from videomind.http.times import as_text


class FilePayload(TypedDict):
    kind: str
    path: str
    language: str
    automatic: bool
    container: str
    vcodec: str
    acodec: str
    width: int | None
    height: int | None
    duration: float | None
    bytes: int
    sha256: str


class ChannelRef(TypedDict):
    id: int
    channel_id: str
    handle: str
    title: str


class TrackPayload(TypedDict):
    id: int
    youtube_id: str
    title: str
    channel: ChannelRef | None
    state: str
    why: str
    source_state: str
    media_kind: str
    duration: float | None
    files: list[FilePayload]
    published_at: str | None
    downloaded_at: str | None
    protected: bool


def track_payload(track: Track) -> TrackPayload:
    """For tracks of `Track.objects.for_api()`: without it each one asks again."""
    return {
        "id": track.pk,
        "youtube_id": track.youtube_id,
        "title": track.title,
        "channel": _channel(track),
        "state": shown_state(track),
        "why": why(track),
        "source_state": track.source_state,
        "media_kind": track.media_kind,
        "duration": track.duration,
        "files": [_file(file) for file in track.files.all()],
        "published_at": as_text(track.published_at),
        "downloaded_at": as_text(track.downloaded_at),
        "protected": track.protected,
    }


def _channel(track: Track) -> ChannelRef | None:
    channel = track.channel
    if channel is None:
        return None
    return {
        "id": channel.pk,
        "channel_id": channel.channel_id,
        "handle": channel.handle,
        "title": channel.title,
    }


def _file(file: TrackFile) -> FilePayload:
    return {
        "kind": file.kind,
        "path": file.relative_path,
        "language": file.language,
        "automatic": file.automatic,
        "container": file.container,
        "vcodec": file.vcodec,
        "acodec": file.acodec,
        "width": file.width,
        "height": file.height,
        "duration": file.duration,
        "bytes": file.bytes,
        "sha256": file.sha256,
    }

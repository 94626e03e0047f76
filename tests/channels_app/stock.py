"""A library that tests fill: groups, channels, tracks, and files that are really there."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings

from channels_app.catalog.defaults import default_group
from channels_app.models import Channel, ChannelGroup, Playlist, PlaylistEntry, Track, TrackFile
from channels_app.states import FileKind, State

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
_numbers = itertools.count(1)


def channel(title: str = "Garden", *, group: ChannelGroup | None = None) -> Channel:
    number = next(_numbers)
    return Channel.objects.create(
        channel_id=f"UC{number:022}",
        title=title,
        group=group or default_group(),
        folder=f"channel {number}",
    )


def track(title: str = "A video", **columns: Any) -> Track:
    """One that is here, unless its state says otherwise; later ones are older."""
    number = next(_numbers)
    usual = {
        "youtube_id": f"{number:011}",
        "title": title,
        "state": State.AVAILABLE,
        "duration": 60.0,
        "published_at": NOON - timedelta(days=number),
        "downloaded_at": NOON - timedelta(hours=number),
    }
    return Track.objects.create(**usual | columns)


def file(
    of: Track, name: str = "video.mp4", *, data: bytes = b"0123456789", **columns: Any
) -> TrackFile:
    """A row and its file in the media root, in a folder of the track's own."""
    relative = f"library/{of.youtube_id}/{name}"
    path = Path(settings.MEDIA_ROOT) / relative
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return row(of, relative, bytes=len(data), **columns)


def row(of: Track, relative_path: str, **columns: Any) -> TrackFile:
    usual = {"kind": FileKind.VIDEO, "bytes": 0, "sha256": "0" * 64}
    return TrackFile.objects.create(track=of, relative_path=relative_path, **usual | columns)


def playlist(*tracks: Track, title: str = "In order") -> Playlist:
    made = Playlist.objects.create(playlist_id=f"PL{next(_numbers):016}", title=title)
    PlaylistEntry.objects.bulk_create(
        PlaylistEntry(playlist=made, track=each, position=position)
        for position, each in enumerate(tracks, 1)
    )
    return made

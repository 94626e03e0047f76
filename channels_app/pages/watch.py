"""The watch page: one track, what is known of it, and what comes next."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from channels_app.access import library_page
from channels_app.catalog.status import why
from channels_app.models import Playlist, PlaylistEntry, Track
from channels_app.pages import player
from channels_app.pages.badges import source_sentence
from channels_app.pages.pagination import Position, entries, newest
from metadata.models import YouTubeVideoMetadata

UP_NEXT: Final = 20
SPEEDS: Final = ("0.25", "0.5", "0.75", "1", "1.25", "1.5", "1.75", "2")
_LIST: Final = re.compile(r"[0-9A-Za-z_-]{1,50}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Queue:
    """What is played after this track, and in whose order."""

    title: str
    tracks: list[Track]
    playlist: Playlist | None = None
    goes_on: bool = True
    """Whether the first of them is played by itself; not when the order has come to its end."""

    is_of_channel: bool = False

    @property
    def in_list(self) -> str:
        return f"?list={self.playlist.playlist_id}" if self.playlist else ""


@library_page
def watch(request: HttpRequest, youtube_id: str) -> HttpResponse:
    rows = Track.objects.with_job().select_related("channel__group")
    track = get_object_or_404(rows, youtube_id=youtube_id)
    files = list(track.files.order_by("pk"))
    known = YouTubeVideoMetadata.objects.of(youtube_id).first()
    context = {
        "track": track,
        "files": files,
        "known": known,
        "sources": player.sources(files) if track.is_available else [],
        "subtitles": player.subtitles(files),
        "poster": player.poster(files),
        "chapters": player.chapters(known.chapters) if known else [],
        "source_sentence": source_sentence(track),
        "why": why(track),
        "speeds": SPEEDS,
        "queue": _queue(track, request.GET.get("list")),
    }
    return render(request, "library/watch.html", context)


def _queue(track: Track, playlist_id: str | None) -> Queue:
    named = playlist_id and _LIST.fullmatch(playlist_id)
    return (_in_playlist(track, named[0]) if named else None) or _in_channel(track)


def _in_playlist(track: Track, playlist_id: str) -> Queue | None:
    rows = PlaylistEntry.objects.select_related("playlist")
    entry = rows.filter(playlist__playlist_id=playlist_id, track=track).first()
    if entry is None:
        return None
    following = entries(entry.playlist_id, after=str(entry.position), size=UP_NEXT)
    return Queue(str(entry.playlist), following.tracks, entry.playlist)


def _in_channel(track: Track) -> Queue:
    """Down the channel's page, from newer to older; at its end, the newest once more."""
    rows = Track.objects.available().exclude(pk=track.pk)
    if track.channel is None:
        shelf = newest(rows, by="downloaded_at", after=None, size=UP_NEXT)
        return Queue("Newest in the library", shelf.tracks, goes_on=False)
    rows = rows.filter(channel=track.channel)
    shelf = newest(
        rows, by="published_at", after=Position(track.published_at, track.pk), size=UP_NEXT
    )
    if shelf.tracks:
        return Queue(str(track.channel), shelf.tracks, is_of_channel=True)
    shelf = newest(rows, by="published_at", after=None, size=UP_NEXT)
    title = f"More of {track.channel}"
    return Queue(title, shelf.tracks, goes_on=False, is_of_channel=True)

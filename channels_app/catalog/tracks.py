"""Listed videos become tracks: many at a time, a few queries whatever their number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from channels_app.models import Channel, Playlist, PlaylistEntry, Track
from channels_app.states import SOURCE_STATE_SEEN, SourceState
from metadata.dates import published_at

Entry = Mapping[str, Any]

_LOST: Final = {"private": SourceState.PRIVATE, "deleted": SourceState.REMOVED}
_REFRESHED: Final = ("title", "channel_id", "tab", "duration", "published_at", "source_state")


def tracks_of(entries: Sequence[Entry], *, channel: Channel | None, tab: str = "") -> list[Track]:
    """The tracks of a batch of flat entries, in order; new ones are wanted."""
    ids = [entry["id"] for entry in entries]
    known = Track.objects.in_bulk(ids, field_name="youtube_id")
    changed = [
        known[entry["id"]]
        for entry in entries
        if entry["id"] in known and _refresh(known[entry["id"]], entry, channel, tab)
    ]
    if changed:
        Track.objects.bulk_update(changed, _REFRESHED)
    new = [_new(entry, channel, tab) for entry in entries if entry["id"] not in known]
    if new:
        Track.objects.bulk_create(new, ignore_conflicts=True)
        known |= Track.objects.in_bulk([each.youtube_id for each in new], field_name="youtube_id")
    return [known[video_id] for video_id in ids]


def _new(entry: Entry, channel: Channel | None, tab: str) -> Track:
    track = Track(youtube_id=entry["id"])
    _refresh(track, entry, channel, tab)
    return track


def _refresh(track: Track, entry: Entry, channel: Channel | None, tab: str) -> bool:
    """What a listing knows for certain replaces; the rest only fills what is empty."""
    before = [getattr(track, name) for name in _REFRESHED]
    lost = _LOST.get(str(entry.get("availability")))
    if lost:
        track.source_state = lost
    else:
        track.title = str(entry.get("title") or track.title)[:500]
        track.source_state = _seen(track, entry)
    if track.channel_id is None:
        track.channel = channel
    track.tab = track.tab or tab
    track.duration = track.duration or entry.get("duration")
    track.published_at = track.published_at or published_at(entry)
    return before != [getattr(track, name) for name in _REFRESHED]


def _seen(track: Track, entry: Entry) -> SourceState:
    told = SOURCE_STATE_SEEN.get(str(entry.get("availability")))
    if told:
        return told
    # It is listed again, so it is neither private nor gone; more a listing does not tell.
    back = track.source_state in _LOST.values()
    return SourceState.UNKNOWN if back else SourceState(track.source_state)


def place_in(playlist: Playlist, places: Mapping[Track, int]) -> None:
    """The memberships of a batch, each at its place in the playlist."""
    PlaylistEntry.objects.bulk_create(
        [
            PlaylistEntry(playlist=playlist, track=track, position=place)
            for track, place in places.items()
        ],
        update_conflicts=True,
        unique_fields=["playlist", "track"],
        update_fields=["position"],
    )


def forget_others(playlist: Playlist, seen: set[str]) -> int:
    """After a complete listing: what is not in the playlist any more. Tracks and files stay."""
    entries = playlist.entries.values_list("pk", "track__youtube_id")
    gone = [pk for pk, youtube_id in entries if youtube_id not in seen]
    count, _ = PlaylistEntry.objects.filter(pk__in=gone).delete()
    return count

"""Writes info dictionaries: inserts, updates only what changed, and says which.

A batch costs the same few queries whatever its size: one look at what is there, one insert, one
update, one touch of `last_seen_at`, and one each for history and memberships where there are any;
on PostgreSQL one more, to await its turn.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from metadata.models import MetadataChange, PlaylistMembership, YouTubeVideoMetadata
from metadata.store.changes import ALWAYS_READ, Known, Row, Source, Update, insert, known, update
from metadata.store.counts import Counts, Upserted
from metadata.store.statements import insert_rows, update_rows
from videomind.database import locks

BATCH: Final = 250
_SAME_PLACE: Final = (
    "(playlist_id, video_id) DO UPDATE SET playlist_title = excluded.playlist_title,"
    ' "index" = excluded."index", last_seen_at = excluded.last_seen_at'
)


@dataclass(frozen=True, slots=True)
class Plan:
    """A batch, decided but not written."""

    source: Source
    at: datetime
    found: tuple[Known, ...]
    new: tuple[Known, ...]
    updates: tuple[Update, ...]
    errors: int

    @property
    def counts(self) -> Counts:
        changed = [each for each in self.updates if each.changed]
        return Counts(
            inserted=len(self.new),
            updated=len(changed),
            unchanged=len(self.updates) - len(changed),
            errors=self.errors,
            fields=Counter(name for each in changed for name in each.changed),
            inserted_ids=tuple(each.youtube_id for each in self.new),
        )


def upsert(info: dict[str, Any], *, source: Source, at: datetime | None = None) -> Upserted | None:
    """One video. None where the dictionary is not about a video of YouTube."""
    found = plan([info], source=source, at=at)
    if found.errors:
        return None
    write(found)
    changed = found.updates[0].changed if found.updates else ()
    return Upserted(info["id"], inserted=bool(found.new), changed=changed)


def upsert_many(
    infos: Iterable[Any], *, source: Source, playlist_id: str = "", at: datetime | None = None
) -> Counts:
    """Many videos, in the order they are listed in; those of no use are counted as errors."""
    at = at or timezone.now()
    ahead = list(infos)
    total = Counts()
    for start in range(0, len(ahead), BATCH):
        batch = ahead[start : start + BATCH]
        found = plan(batch, source=source, at=at)
        write(found, playlist_id=playlist_id)
        total += found.counts
    return total


def plan(infos: Sequence[Any], *, source: Source, at: datetime | None = None) -> Plan:
    """What would be written; reads what is there in one query."""
    at = at or timezone.now()
    every = [known(info) for info in infos]
    # The same video twice in one batch is one video; what is said last counts.
    found = {each.youtube_id: each for each in every if each is not None}
    rows = _rows(found)
    return Plan(
        source,
        at,
        found=tuple(found.values()),
        new=tuple(each for key, each in found.items() if key not in rows),
        updates=tuple(
            update(rows[key], each, source, at=at) for key, each in found.items() if key in rows
        ),
        errors=sum(each is None for each in every),
    )


def _rows(found: Mapping[str, Known]) -> dict[str, Row]:
    # No more columns than the batch may change: a description is long, a heatmap longer.
    names = {name for each in found.values() for name in each.columns}
    columns = sorted(names | set(ALWAYS_READ) | {"extra", "playlist_id"})
    rows = YouTubeVideoMetadata.objects.of(*found).values(*columns)
    return {row["youtube_id"]: row for row in rows}


def write(planned: Plan, *, playlist_id: str = "") -> None:
    """Applies a plan, and keeps each video's place in the playlist it was listed in."""
    with transaction.atomic(savepoint=False):
        if len(planned.found) > 1:
            locks.await_listings_turn()
        new = [insert(each, planned.source, at=planned.at) for each in planned.new]
        insert_rows(YouTubeVideoMetadata, new)
        update_rows([each for each in planned.updates if each.columns])
        _touch(planned)
        _record(planned)
        _keep_places(planned, playlist_id)


def _touch(planned: Plan) -> None:
    seen: dict[str, Any] = {"last_seen_at": planned.at}
    if planned.source == "full":
        seen["full_at"] = planned.at
    if planned.updates:
        pks = [each.pk for each in planned.updates]
        YouTubeVideoMetadata.objects.filter(pk__in=pks).update(**seen)


def _record(planned: Plan) -> None:
    changes = [
        {"video_id": each.pk, "field": it.field, "old": it.old, "new": it.new, "at": planned.at}
        for each in planned.updates
        for it in each.recorded
    ]
    insert_rows(MetadataChange, changes)


def _keep_places(planned: Plan, playlist_id: str) -> None:
    found = {each.youtube_id: each for each in planned.found if _is_placed(each, playlist_id)}
    if not found:
        return
    pks = YouTubeVideoMetadata.objects.of(*found).values_list("youtube_id", "pk")
    places = [
        {
            "video_id": pk,
            "playlist_id": playlist_id or found[key].columns["playlist_id"],
            "playlist_title": found[key].columns.get("playlist_title", ""),
            "index": found[key].columns.get("playlist_index"),
            "first_seen_at": planned.at,
            "last_seen_at": planned.at,
        }
        for key, pk in pks
    ]
    insert_rows(PlaylistMembership, places, on_conflict=_SAME_PLACE)


def _is_placed(found: Known, playlist_id: str) -> bool:
    return bool(playlist_id or found.columns.get("playlist_id"))


def close_playlist(playlist_id: str, *, before: datetime) -> int:
    """After a complete listing: what was not seen in it is not in the playlist any more."""
    gone, _ = PlaylistMembership.objects.of_playlist(playlist_id).not_seen_since(before).delete()
    return gone

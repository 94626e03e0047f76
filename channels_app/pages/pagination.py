"""Tracks and entries a page at a time: the next page begins behind the last row of this one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from django.db.models import Prefetch, Q

from channels_app.models import PlaylistEntry, Track, TrackFile
from channels_app.models.tracks import TrackQuerySet
from channels_app.states import FileKind, State

PAGE: Final = 36
_WRITTEN_AS: Final = re.compile(r"(x|-?[0-9]{1,17})\.([0-9]{1,18})", re.ASCII)
_POSITION: Final = re.compile(r"[0-9]{1,9}", re.ASCII)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Position:
    """Where a page ended: the time (none: among the undated, which come last) and the row."""

    at: datetime | None
    pk: int

    def __str__(self) -> str:
        when = "x" if self.at is None else (self.at - _EPOCH) // timedelta(microseconds=1)
        return f"{when}.{self.pk}"


@dataclass(frozen=True, slots=True)
class Page:
    tracks: list[Track]
    next: str
    """Behind which place the next page begins; "" where there is none."""


def read_position(text: str | None) -> Position | None:
    """None for nothing and for nonsense: then it is the first page."""
    found = _WRITTEN_AS.fullmatch(text or "")
    if found is None:
        return None
    when, pk = found.groups()
    try:
        at = None if when == "x" else _EPOCH + timedelta(microseconds=int(when))
    except OverflowError:
        return None
    return Position(at, int(pk))


def cards(rows: TrackQuerySet) -> TrackQuerySet:
    """What a card shows, in one query more for all pictures."""
    pictures = TrackFile.objects.filter(kind=FileKind.THUMBNAIL).order_by("pk")
    only = pictures.only("pk", "track_id", "kind")
    return rows.select_related("channel").prefetch_related(
        Prefetch("files", queryset=only, to_attr="pictures")
    )


def newest(rows: TrackQuerySet, *, by: str, after: Position | None, size: int = PAGE) -> Page:
    """By that time, the newest first; what has none comes last."""
    found = _found(cards(rows), by, after, size + 1)
    last = found[size - 1] if len(found) > size else None
    return Page(found[:size], str(Position(getattr(last, by), last.pk)) if last else "")


def _found(rows: TrackQuerySet, by: str, after: Position | None, size: int) -> list[Track]:
    dated: list[Track] = []
    if after is None or after.at is not None:
        dated = list(_dated(rows, by, after)[:size])
        after = None
    # Two queries and not NULLS LAST, which PostgreSQL would not read from the index.
    missing = size - len(dated)
    return dated + list(_undated(rows, by, after)[:missing]) if missing else dated


def _dated(rows: TrackQuerySet, by: str, after: Position | None) -> TrackQuerySet:
    rows = rows.filter(**{f"{by}__isnull": False}).order_by(f"-{by}", "-pk")
    if after is None:
        return rows
    older = Q(**{f"{by}__lt": after.at}) | Q(pk__lt=after.pk)
    return rows.filter(older, **{f"{by}__lte": after.at})


def _undated(rows: TrackQuerySet, by: str, after: Position | None) -> TrackQuerySet:
    rows = rows.filter(**{f"{by}__isnull": True}).order_by("-pk")
    return rows.filter(pk__lt=after.pk) if after else rows


def entries(playlist_id: int, *, after: str | None, size: int = PAGE) -> Page:
    """A playlist's tracks that are here, in its order. A place is an entry's position."""
    position = int(after) if after and _POSITION.fullmatch(after) else -1
    rows = PlaylistEntry.objects.filter(playlist=playlist_id, position__gt=position)
    found = list(rows.filter(track__state=State.AVAILABLE).order_by("position")[: size + 1])
    tracks = cards(Track.objects.all()).in_bulk([each.track_id for each in found[:size]])
    following = str(found[size - 1].position) if len(found) > size else ""
    return Page([tracks[each.track_id] for each in found[:size]], following)

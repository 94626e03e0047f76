"""What an info dictionary changes in the row that is there: decided here, written by `upsert`.

The rules, for a column that both know:

- A full extraction is always right about what it says, and says nothing by leaving out.
- A listing is right about what everybody sees in it (title, channel, live or not, lost or not).
  Everything else of it only fills what is empty: its descriptions are cut, its dates are guesses,
  its pictures are smaller.
- A listing's view count is rounded ("29K"). Views only grow, so it replaces a count that is smaller
  by a whole step of that rounding, and therefore older; any other count is at least as exact.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from metadata.store import mapping
from metadata.youtube.listing import entries

Source = Literal["full", "flat"]
Row = Mapping[str, Any]

COUNTS: Final = (
    "view_count", "concurrent_view_count", "like_count", "comment_count", "channel_follower_count",
)  # fmt: skip
GROWING: Final = frozenset({"view_count"})
RECORDED: Final = frozenset({"title", "description", "thumbnail", "availability"})
RECORD_COUNTS_EVERY: Final = timedelta(days=1)
SEEN_BY_EVERYBODY: Final = frozenset({
    "title", "channel", "channel_id", "channel_url", "uploader", "uploader_id", "uploader_url",
    "live_status", "is_live", "was_live", "availability", "concurrent_view_count",
})  # fmt: skip
PLAYLIST: Final = frozenset(name for name in mapping.COLUMNS if name.startswith("playlist_"))
# Written where they differ, but no news: when we looked, and through which playlist.
QUIET: Final = PLAYLIST | {"epoch"}
# What the plan reads of a row besides the columns it may write.
ALWAYS_READ: Final = ("pk", "youtube_id", "availability", "full_at", "counts_recorded_at")
_LOST: Final = frozenset(entries.LOST_TITLES.values())


@dataclass(frozen=True, slots=True)
class Known:
    """An info dictionary as columns."""

    youtube_id: str
    columns: dict[str, Any]
    extra: dict[str, Any]
    is_lost: bool = False


@dataclass(frozen=True, slots=True)
class Recorded:
    field: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class Update:
    """The columns to write into a row; those in `changed` are news, the rest is not."""

    pk: int
    columns: dict[str, Any]
    changed: tuple[str, ...] = ()
    recorded: tuple[Recorded, ...] = field(default=())


def known(info: Any) -> Known | None:
    """None where this is nothing about a video."""
    youtube_id = mapping.youtube_id(info)
    if youtube_id is None:
        return None
    lost = entries.lost(info)
    return Known(youtube_id, mapping.columns(info | lost), mapping.unmapped(info), bool(lost))


def insert(found: Known, source: Source, *, at: datetime) -> dict[str, Any]:
    """The columns of a new row."""
    stamps = dict.fromkeys(("created_at", "updated_at", "last_seen_at"), at)
    full = {"full_at": at} if source == "full" else {}
    named = {"youtube_id": found.youtube_id, "extra": found.extra}
    return found.columns | named | stamps | full | {"counts_recorded_at": at}


def update(row: Row, found: Known, source: Source, *, at: datetime) -> Update:
    """What differs from the row. Nothing is read or written here."""
    wanted = {name: found.columns[name] for name in found.columns if _may(row, found, name, source)}
    if source == "flat":
        wanted |= _visible_again(row, found)
    if new := {key: value for key, value in found.extra.items() if row["extra"].get(key) != value}:
        wanted["extra"] = row["extra"] | new
    differing = {name: value for name, value in wanted.items() if row[name] != value}
    changed = tuple(sorted(name for name in differing if name not in QUIET))
    stamps = {"updated_at": at} if changed else {}
    recorded = _recorded(row, differing, at=at)
    if any(each.field in COUNTS for each in recorded):
        stamps["counts_recorded_at"] = at
    return Update(row["pk"], differing | (stamps if differing else {}), changed, recorded)


def _may(row: Row, found: Known, name: str, source: Source) -> bool:
    old = row[name]
    if name in PLAYLIST:
        return row["playlist_id"] in ("", found.columns.get("playlist_id"))
    if source == "full" or _is_empty(old):
        return True
    if name in GROWING:
        return bool(found.columns[name] >= old + _step(found.columns[name]))
    if found.is_lost:
        return name == "availability"
    return name in SEEN_BY_EVERYBODY


def _step(count: int) -> int:
    """How much a listing's count may be off: 29,000 is "29K" and stands for a thousand values."""
    step = 10 ** max(0, len(str(abs(count))) - 2)
    return step if count >= 1000 and count % step == 0 else 1


def _is_empty(value: Any) -> bool:
    return value is None or value in ("", [], {})


def _visible_again(row: Row, found: Known) -> dict[str, str]:
    """A listing shows a video that was lost: how public it is, the next full look tells."""
    back = row["availability"] in _LOST and not found.is_lost
    return {"availability": found.columns.get("availability", "public")} if back else {}


def _recorded(row: Row, differing: Mapping[str, Any], *, at: datetime) -> tuple[Recorded, ...]:
    """The history: words and state whenever they change, counts once a day at most."""
    due = row["counts_recorded_at"] is None or at - row["counts_recorded_at"] >= RECORD_COUNTS_EVERY
    names = [
        name
        for name in differing
        # What was empty was filled, not changed.
        if (name in RECORDED or (due and name in COUNTS)) and not _is_empty(row[name])
    ]
    return tuple(Recorded(name, row[name], differing[name]) for name in names)

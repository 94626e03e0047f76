"""What became of the videos of an upsert: counted, and said."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TypedDict


@dataclass(frozen=True, slots=True)
class Upserted:
    """What became of one video; `changed` names the columns that are news."""

    youtube_id: str
    inserted: bool
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of many."""

    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    errors: int = 0
    fields: Counter[str] = field(default_factory=Counter)
    """How many rows changed in each column."""
    inserted_ids: tuple[str, ...] = ()

    @property
    def succeeded(self) -> int:
        return self.inserted + self.updated + self.unchanged

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.inserted + other.inserted,
            self.updated + other.updated,
            self.unchanged + other.unchanged,
            self.errors + other.errors,
            self.fields + other.fields,
            self.inserted_ids + other.inserted_ids,
        )


class Summary(TypedDict):
    """`total` is what was looked at; `success_rate` is in percent."""

    total: int
    inserted: int
    updated: int
    unchanged: int
    errors: int
    success_rate: float
    seconds: float


def summary(counts: Counts, *, seconds: float) -> Summary:
    total = counts.succeeded + counts.errors
    return Summary(
        total=total,
        inserted=counts.inserted,
        updated=counts.updated,
        unchanged=counts.unchanged,
        errors=counts.errors,
        success_rate=round(100.0 * counts.succeeded / total, 1) if total else 100.0,
        seconds=round(seconds, 2),
    )


def sentence(said: Summary) -> str:
    return (
        f"{said['total']} videos: {said['inserted']} inserted, {said['updated']} updated,"
        f" {said['unchanged']} unchanged, {said['errors']} errors"
        f" ({said['success_rate']:g} %) in {said['seconds']:g} s."
    )

"""A decision over many rows: a plan that can be shown, and what became of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

CHANGED: Final = "changed meanwhile"
REMOVED: Final = "removed meanwhile"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a decision would do: whom it moves, and whom it leaves, each with the reason."""

    moving: tuple[int, ...] = ()
    staying: tuple[tuple[int, str], ...] = ()

    @property
    def reasons(self) -> list[tuple[str, int]]:
        return Counter(reason for _, reason in self.staying).most_common()


@dataclass(slots=True)
class Done:
    """What became of a plan."""

    moved: list[int] = field(default_factory=list)
    staying: Counter[str] = field(default_factory=Counter)


def plan_by(rows: Iterable[Any], why_not: Callable[[Any], str]) -> Plan:
    """Asks each row why it would not move; "" moves."""
    answers = [(row.pk, why_not(row)) for row in rows]
    return Plan(
        moving=tuple(pk for pk, reason in answers if not reason),
        staying=tuple((pk, reason) for pk, reason in answers if reason),
    )

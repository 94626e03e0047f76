"""What a listing is asked for: the child's parameters as values, and the numbers of a range."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

DEFAULT_TABS: Final = ("videos", "shorts", "streams")
DEFAULT_TIMEOUT_S: Final = 300.0


@dataclass(frozen=True, slots=True)
class ListingRequest:
    """`id` is a playlist's, or a channel's "@handle", "UC…", "c/Name" or "user/Name"."""

    kind: str
    id: str
    tabs: tuple[str, ...] = DEFAULT_TABS
    uploads_lists: bool = True
    max_entries: int | None = None
    ranges: tuple[range, ...] = ()
    known: frozenset[str] = frozenset()
    full: bool = False
    visited: frozenset[str] = frozenset()
    approximate_dates: bool = False
    timeout_s: float | None = DEFAULT_TIMEOUT_S
    cookies_file: str | None = None
    proxy: str | None = None

    @classmethod
    def of(cls, parameters: Mapping[str, Any]) -> ListingRequest:
        return cls(
            kind=parameters["kind"],
            id=parameters["id"],
            tabs=tuple(parameters.get("tabs") or DEFAULT_TABS),
            uploads_lists=parameters.get("uploads_lists", True),
            max_entries=parameters.get("max_entries"),
            ranges=ranges(parameters.get("playlist_range") or ""),
            known=frozenset(parameters.get("known") or ()),
            full=bool(parameters.get("full")),
            visited=frozenset(parameters.get("visited") or ()),
            approximate_dates=bool(parameters.get("approximate_dates")),
            timeout_s=parameters.get("timeout_s", DEFAULT_TIMEOUT_S),
            cookies_file=parameters.get("cookies_file") or None,
            proxy=parameters.get("proxy") or None,
        )

    def wants(self, index: int) -> bool:
        return not self.ranges or any(index in each for each in self.ranges)

    def is_past(self, index: int) -> bool:
        """Whether nothing behind this place is wanted any more."""
        return bool(self.ranges) and all(index >= each[-1] for each in self.ranges)


def ranges(text: str) -> tuple[range, ...]:
    """`"1-20,25"` as the places it names, counted from 1. ValueError for anything else."""
    return tuple(_range(part) for part in text.split(",")) if text.strip() else ()


def _range(part: str) -> range:
    first, dash, last = (piece.strip() for piece in part.partition("-"))
    numbers = _numbers([first, last] if dash else [first, first])
    if not 1 <= numbers[0] <= numbers[1]:
        raise ValueError(f"{part.strip()!r} is not a range such as 1-20.")
    return range(numbers[0], numbers[1] + 1)


def _numbers(texts: Sequence[str]) -> list[int]:
    if not all(text.isascii() and text.isdigit() and len(text) < 10 for text in texts):
        raise ValueError(f"{'-'.join(texts)!r} is not a range such as 1-20.")
    return [int(text) for text in texts]

"""Durations, dates and numbers as people say them. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

_MINUTE: Final = 60
_HOUR: Final = 60 * _MINUTE
_DAY: Final = 24 * _HOUR
_STEPS: Final = (
    ("year", 365 * _DAY), ("month", 30 * _DAY), ("week", 7 * _DAY), ("day", _DAY),
    ("hour", _HOUR), ("minute", _MINUTE),
)  # fmt: skip
_LARGE: Final = ((1_000_000_000, "B"), (1_000_000, "M"), (1_000, "K"))


def clock(seconds: float) -> str:
    """ "0:07", "12:34", "1:02:03"."""
    hours, minutes, rest = _parts(seconds)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def spoken(seconds: float) -> str:
    """ "1 hour 2 minutes": what a screen reader says instead of a clock."""
    units = zip(_parts(seconds), ("hour", "minute", "second"), strict=True)
    return " ".join(_some(number, unit) for number, unit in units if number) or "0 seconds"


def _parts(seconds: float) -> tuple[int, int, int]:
    whole = max(0, round(seconds))
    return whole // _HOUR, whole % _HOUR // _MINUTE, whole % _MINUTE


def ago(then: datetime, *, at: datetime) -> str:
    passed = (at - then) / timedelta(seconds=1)
    if passed < 0:
        return f"on {then:%-d %B %Y}"
    for unit, seconds in _STEPS:
        if passed >= seconds:
            return f"{_some(int(passed // seconds), unit)} ago"
    return "just now"


def _some(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def compact(number: int) -> str:
    """ "999", "1.2K", "35M"."""
    for size, letter in _LARGE:
        if number >= size:
            share = number / size
            # Cut, not rounded: 999,999 is not yet a million.
            text = f"{int(share * 10) / 10:g}" if share < 10 else f"{int(share)}"
            return f"{text}{letter}"
    return str(number)

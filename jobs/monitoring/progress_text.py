"""What a progress sentence says of speed and time left."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_SPEED: Final = re.compile(r" at (?P<speed>\d[\d.]* ?[kKMG]?i?B/s)")
_LEFT: Final = re.compile(r",? (?P<seconds>\d{1,9})(?:\.\d+)? s left")


@dataclass(frozen=True, slots=True)
class Pace:
    """ "1.2 of 34.5 MB at 5.1 MB/s, 70 s left" in its parts."""

    sentence: str
    speed: str = ""
    left_s: int | None = None


def pace(message: str) -> Pace:
    speed, left = _SPEED.search(message), _LEFT.search(message)
    return Pace(
        sentence=_LEFT.sub("", _SPEED.sub("", message)),
        speed=speed["speed"] if speed else "",
        left_s=int(left["seconds"]) if left else None,
    )

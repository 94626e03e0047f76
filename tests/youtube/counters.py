"""How often each kind of thing was asked for, and for which video."""

from __future__ import annotations

import threading
from collections import Counter

KINDS = (
    "page",
    "browse",
    "resolve",
    "player",
    "next",
    "media",
    "captions",
    "thumbnails",
    "refused",
)

VIDEO_ID_LENGTH = 11


class Counters:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked: Counter[tuple[str, str]] = Counter()

    def count(self, kind: str, key: str) -> None:
        with self._lock:
            self._asked[kind, key] += 1

    def of(self, kind: str, key: str) -> int:
        with self._lock:
            return self._asked[kind, key]

    def total(self, kind: str) -> int:
        with self._lock:
            return sum(times for (of_kind, _), times in self._asked.items() if of_kind == kind)

    def videos_asked(self) -> set[str]:
        """The ids of the videos whose watch page or player answer was asked for."""
        with self._lock:
            keys = {key for kind, key in self._asked if kind in ("page", "player")}
        return {key for key in keys if len(key) == VIDEO_ID_LENGTH}

    def reset(self) -> None:
        with self._lock:
            self._asked.clear()

    def snapshot(self) -> dict[str, dict[str, int]]:
        """Times asked, by kind and by key."""
        shown: dict[str, dict[str, int]] = {kind: {} for kind in KINDS}
        with self._lock:
            for (kind, key), times in self._asked.items():
                shown[kind][key] = times
        return shown

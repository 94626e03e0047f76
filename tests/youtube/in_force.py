"""Which faults are in force just now, and on whom."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from .faults import LISTING_TROUBLES, TROUBLES, Fault, Stage, Trouble


@dataclass(slots=True)
class Active:
    """A fault in force. `page` limits a listing's trouble to one page of it."""

    fault: Fault
    trouble: Trouble | None
    page: int | None = None
    struck: int = 0

    def strikes(self, stage: Stage, page: int | None) -> bool:
        trouble = self.trouble
        return (
            trouble is not None
            and stage in trouble.stages
            and (self.page is None or page is None or page == self.page)
            and (trouble.times is None or self.struck < trouble.times)
        )


class Faults:
    """Which faults are in force, by the id of a video, a channel or a playlist."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._active: dict[str, dict[Fault, Active]] = {}
        self.version = 0

    def set(self, key: str, fault: Fault, page: int | None = None) -> None:
        trouble = TROUBLES.get(fault) or LISTING_TROUBLES.get(fault)
        limited = page if fault.startswith("listing_") else None
        with self._lock:
            self._active.setdefault(key, {})[fault] = Active(fault, trouble, limited)
            self.version += 1

    def heal(self, key: str, fault: Fault | None = None) -> None:
        """Takes back one fault, or all of them."""
        with self._lock:
            if fault is None:
                self._active.pop(key, None)
            else:
                self._active.get(key, {}).pop(fault, None)
            self.version += 1

    def of(self, key: str) -> frozenset[Fault]:
        active = self._active.get(key)
        with self._lock:
            return frozenset(active) if active else frozenset()

    def strike(self, key: str, stage: Stage, page: int | None = None) -> Trouble | None:
        """The trouble that this request meets, counted as met."""
        if key not in self._active:
            return None
        with self._lock:
            for active in self._active.get(key, {}).values():
                if active.strikes(stage, page):
                    active.struck += 1
                    return active.trouble
        return None

    def refresh(self, key: str) -> None:
        """The player was asked anew: media refused until then is granted from now on."""
        if key not in self._active:
            return
        with self._lock:
            active = self._active.get(key, {})
            for fault in [f for f, a in active.items() if _is_over(a)]:
                del active[fault]


def _is_over(active: Active) -> bool:
    return bool(active.trouble and active.trouble.until_fresh and active.struck)

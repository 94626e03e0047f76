"""How many media answers may be under way at once, so that pages and probes have threads left."""

from __future__ import annotations

import threading
from typing import Final

# Of the 16 threads of the web server. Long answers last as long as the client likes.
LONG_ANSWERS: Final = 10
ALL_ANSWERS: Final = 14


class Limiter:
    """Counts who is inside; nobody waits at it."""

    def __init__(self, *, most: int) -> None:
        self.most = most
        self._inside = 0
        self._lock = threading.Lock()

    @property
    def inside(self) -> int:
        return self._inside

    def enter(self) -> bool:
        with self._lock:
            if self._inside >= self.most:
                return False
            self._inside += 1
            return True

    def leave(self) -> None:
        with self._lock:
            self._inside -= 1


class Admission:
    """One answer's way through both limiters; given back once, however often it is closed."""

    def __init__(self, *limiters: Limiter) -> None:
        self._limiters = list(limiters)

    def give_back(self) -> None:
        while self._limiters:
            self._limiters.pop().leave()


_all: Final = Limiter(most=ALL_ANSWERS)
_long: Final = Limiter(most=LONG_ANSWERS)


def admit(*, is_long: bool) -> Admission | None:
    """None: there are too many already."""
    entered: list[Limiter] = []
    for limiter in (_long, _all) if is_long else (_all,):
        if not limiter.enter():
            Admission(*entered).give_back()
            return None
        entered.append(limiter)
    return Admission(*entered)

"""How many media answers may be under way at once, so that pages and probes have threads left."""

from __future__ import annotations

import threading
from typing import Final

# Of the 16 threads of the web server. Long answers last as long as the client likes.
LONG_ANSWERS: Final = 10
ALL_ANSWERS: Final = 14


class Gate:
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


class Pass:
    """One answer's way through both gates; given back once, however often it is closed."""

    def __init__(self, *gates: Gate) -> None:
        self._gates = list(gates)

    def give_back(self) -> None:
        while self._gates:
            self._gates.pop().leave()


_all: Final = Gate(most=ALL_ANSWERS)
_long: Final = Gate(most=LONG_ANSWERS)


def let_in(*, is_long: bool) -> Pass | None:
    """None: there are too many already."""
    entered: list[Gate] = []
    for gate in (_long, _all) if is_long else (_all,):
        if not gate.enter():
            Pass(*entered).give_back()
            return None
        entered.append(gate)
    return Pass(*entered)

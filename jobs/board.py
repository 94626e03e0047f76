"""The board: shared memory that the supervisor makes before the fork, without a single lock.

Each word has one writer: the pusher counts what it woke, each worker keeps its own seat. So no
process can die holding what another needs, and a dead worker's seat is simply read as it stands.
Words are 64 bits and aligned: a reader sees the old value or the new one.
"""

from __future__ import annotations

import mmap
from dataclasses import dataclass

WORD = 8
DRAIN, WOKEN, WOKEN_SHORT = range(3)
HEADER = 4
PID, STATE, JOB, STARTED, EMPTY = range(5)
SEAT = 8
VACANT, IDLE, BUSY = range(3)


@dataclass
class Seat:
    """One worker's words."""

    words: memoryview
    base: int
    short_only: bool = False

    def sit_down(self, pid: int) -> None:
        self._set(PID, pid)
        self._set(JOB, 0)
        self._set(STATE, IDLE)

    def started(self) -> None:
        self._set(JOB, 0)
        self._set(STATE, BUSY)
        self._set(STARTED, self._get(STARTED) + 1)

    def busy(self, job_id: int) -> None:
        """With that job; 0 while it looks for the next."""
        self._set(JOB, job_id)

    def idle(self) -> None:
        self._set(JOB, 0)
        self._set(STATE, IDLE)

    def found_nothing(self, done: int) -> None:
        """Counts a wake-up that was for nothing: the pusher then waits for the next change."""
        if not done:
            self._set(EMPTY, self._get(EMPTY) + 1)

    def leave(self) -> None:
        self._set(STATE, VACANT)

    @property
    def is_idle(self) -> bool:
        return self._get(STATE) == IDLE

    @property
    def is_busy(self) -> bool:
        return self._get(STATE) == BUSY

    @property
    def is_looking(self) -> bool:
        return self.is_busy and not self.job_id

    @property
    def job_id(self) -> int:
        return self._get(JOB)

    @property
    def pid(self) -> int:
        return self._get(PID)

    @property
    def times_started(self) -> int:
        return self._get(STARTED)

    @property
    def times_empty(self) -> int:
        return self._get(EMPTY)

    def _get(self, word: int) -> int:
        return int(self.words[self.base + word])

    def _set(self, word: int, value: int) -> None:
        self.words[self.base + word] = value


class Board:
    """The seats of a node's workers, the drain flag, and the pusher's counters."""

    def __init__(self, seats: int, *, reserve_short: bool = False) -> None:
        self._memory = mmap.mmap(-1, (HEADER + SEAT * seats) * WORD)
        self._words = memoryview(self._memory).cast("q")
        self.seats = [
            Seat(self._words, HEADER + SEAT * i, short_only=reserve_short and i == seats - 1)
            for i in range(seats)
        ]

    @property
    def draining(self) -> bool:
        return bool(self._words[DRAIN])

    def is_idle(self, pid: int) -> bool:
        """Whether that process is a worker of ours with nothing in its hands."""
        return any(seat.pid == pid and seat.is_idle for seat in self.seats)

    def drain(self) -> None:
        """Nobody claims any more. Safe in a signal handler of any process of the tree."""
        self._words[DRAIN] = 1

    def line(self, *, short: bool) -> Line:
        return Line(self, short=short)

    def word(self, index: int) -> int:
        return int(self._words[index])

    def set_word(self, index: int, value: int) -> None:
        self._words[index] = value


@dataclass(frozen=True)
class Line:
    """The workers that wait at one queue, as the pusher sees them."""

    board: Board
    short: bool

    @property
    def seats(self) -> list[Seat]:
        return [seat for seat in self.board.seats if seat.short_only == self.short]

    @property
    def idle(self) -> int:
        return sum(seat.is_idle for seat in self.seats)

    @property
    def empty(self) -> int:
        return sum(seat.times_empty for seat in self.seats)

    @property
    def on_the_way(self) -> int:
        """Wake-ups sent and not yet begun."""
        begun = sum(seat.times_started for seat in self.seats)
        return max(0, self.board.word(self._woken) - begun)

    @property
    def looking(self) -> int:
        """Workers that are just claiming: each takes one of the jobs that are due."""
        return sum(seat.is_looking for seat in self.seats)

    def woke(self) -> None:
        self.board.set_word(self._woken, self.board.word(self._woken) + 1)

    def forget(self) -> None:
        """A worker that died with a wake-up in its hands never begins it: start counting anew."""
        self.board.set_word(self._woken, sum(seat.times_started for seat in self.seats))

    @property
    def _woken(self) -> int:
        return WOKEN_SHORT if self.short else WOKEN


_board: Board | None = None
_seat: Seat | None = None


def take(board: Board) -> Board:
    """Makes this the board of this process and of all it forks."""
    global _board, _seat
    _board, _seat = board, None
    return board


def current() -> Board:
    return _board or take(Board(1))


def sit(slot: int) -> Seat:
    global _seat
    _seat = current().seats[slot]
    return _seat


def mine() -> Seat:
    """This worker's seat; a process that is nobody's worker has one to itself."""
    return _seat or sit(0)


def draining() -> bool:
    return current().draining

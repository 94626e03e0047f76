"""Worker slots: shared memory that the supervisor makes before the fork, without a single lock.

Each word has one writer: the pusher counts what it woke, each worker keeps its own slot. So no
process can die holding what another needs, and a dead worker's slot is simply read as it stands.
Words are 64 bits and aligned: a reader sees the old value or the new one.
"""

from __future__ import annotations

import mmap
from dataclasses import dataclass

WORD = 8
DRAIN, WOKEN, WOKEN_SHORT = range(3)
HEADER = 4
PID, STATE, JOB, STARTED, EMPTY = range(5)
WORDS = 8
VACANT, IDLE, BUSY = range(3)


@dataclass
class Slot:
    """One worker's words."""

    words: memoryview
    base: int
    short_only: bool = False
    is_unsure: bool = False
    """An answer was lost: the database may say that we run a job that we do not know of.

    Each process has its own, unlike the words.
    """

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


class WorkerSlots:
    """The slots of a node's workers, the drain flag, and the pusher's counters."""

    def __init__(self, number: int, *, reserve_short: bool = False) -> None:
        self._memory = mmap.mmap(-1, (HEADER + WORDS * number) * WORD)
        self._words = memoryview(self._memory).cast("q")
        self.slots = [
            Slot(self._words, HEADER + WORDS * i, short_only=reserve_short and i == number - 1)
            for i in range(number)
        ]

    @property
    def draining(self) -> bool:
        return bool(self._words[DRAIN])

    def is_idle(self, pid: int) -> bool:
        """Whether that process is a worker of ours with nothing in its hands."""
        return any(slot.pid == pid and slot.is_idle for slot in self.slots)

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

    workers: WorkerSlots
    short: bool

    @property
    def slots(self) -> list[Slot]:
        return [slot for slot in self.workers.slots if slot.short_only == self.short]

    @property
    def idle(self) -> int:
        return sum(slot.is_idle for slot in self.slots)

    @property
    def empty(self) -> int:
        return sum(slot.times_empty for slot in self.slots)

    @property
    def on_the_way(self) -> int:
        """Wake-ups sent and not yet begun."""
        begun = sum(slot.times_started for slot in self.slots)
        return max(0, self.workers.word(self._woken) - begun)

    @property
    def looking(self) -> int:
        """Workers that are just claiming: each takes one of the jobs that are due."""
        return sum(slot.is_looking for slot in self.slots)

    def woke(self) -> None:
        self.workers.set_word(self._woken, self.workers.word(self._woken) + 1)

    def forget(self) -> None:
        """A worker that died with a wake-up in its hands never begins it: start counting anew."""
        self.workers.set_word(self._woken, sum(slot.times_started for slot in self.slots))

    @property
    def _woken(self) -> int:
        return WOKEN_SHORT if self.short else WOKEN


_slots: WorkerSlots | None = None
_slot: Slot | None = None


def take(slots: WorkerSlots) -> WorkerSlots:
    """Makes these the slots of this process and of all it forks."""
    global _slots, _slot
    _slots, _slot = slots, None
    return slots


def current() -> WorkerSlots:
    return _slots or take(WorkerSlots(1))


def sit(number: int) -> Slot:
    global _slot
    _slot = current().slots[number]
    return _slot


def mine() -> Slot:
    """This worker's slot; a process that is nobody's worker has one to itself."""
    return _slot or sit(0)


def draining() -> bool:
    return current().draining

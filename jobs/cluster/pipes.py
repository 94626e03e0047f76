"""Queues without locks: socket pairs with atomic messages, in the place of multiprocessing.Queue.

A multiprocessing queue is read under a lock; whoever is killed while holding it stops everybody
else for good. Here the kernel hands each message to exactly one reader, and the dead hold nothing.
"""

from __future__ import annotations

import contextlib
import pickle
import select
import socket
import sys
import time
from typing import Any, Final

STOP: Final = "STOP"
LARGEST_MESSAGE: Final = 1 << 20


class Pipe:
    """The part of a queue that django-q2 uses."""

    def __init__(self) -> None:
        self._reader, self._writer = socket.socketpair(socket.AF_UNIX, _atomic_type())

    def put(self, message: Any) -> None:
        self._writer.sendall(pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL))

    def get(self) -> Any:
        return pickle.loads(self._reader.recv(LARGEST_MESSAGE))  # noqa: S301  (our own fork's)

    def empty(self) -> bool:
        return not select.select([self._reader], [], [], 0)[0]

    def qsize(self) -> int:
        """For django-q2's status: whether something lies there, not how much."""
        return 0 if self.empty() else 1

    def close(self) -> None:
        """Nothing to flush: what was put is in the kernel. The descriptors live as we do."""

    def join_thread(self) -> None:
        """There is no thread."""


class TaskPipe(Pipe):
    """Tasks for all workers, and a side line for the worker that is kept free for short work."""

    def __init__(self, *, side_line: bool) -> None:
        super().__init__()
        self.side = Pipe() if side_line else None

    def put(self, message: Any) -> None:
        pipe = self.side if self.side is not None and is_short(message) else None
        if pipe is not None:
            pipe.put(message)
        else:
            super().put(message)

    def for_worker(self, *, short_only: bool) -> Pipe:
        return self.side if short_only and self.side is not None else self


def is_short(message: Any) -> bool:
    """Wake-ups say whom they are for; schedules and other messages of django-q2 are short."""
    if message == STOP:
        return False
    return bool(message.get("short", message.get("func") != WAKE_UP))


WAKE_UP: Final = "jobs.execution.runner.wake_up"


class Flag:
    """An event that is set once, seen by all forks, and never waited for under a lock."""

    def __init__(self) -> None:
        self._reader, self._writer = socket.socketpair()
        self._writer.setblocking(False)

    def set(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self._writer.send(b"x")

    def is_set(self) -> bool:
        return bool(select.select([self._reader], [], [], 0)[0])

    def wait(self, timeout: float) -> bool:
        """Whether it was set within `timeout` seconds; a signal does not shorten the wait."""
        until = time.monotonic() + timeout
        while not self.is_set():
            left = until - time.monotonic()
            if left <= 0:
                return False
            select.select([self._reader], [], [], left)
        return True


class Timer:
    """What django-q2 keeps in a locked multiprocessing.Value: here a word without its lock."""

    def __init__(self, value: Any) -> None:
        self._value = value

    @property
    def value(self) -> float:
        return float(self._value.value)

    @value.setter
    def value(self, seconds: float) -> None:
        self._value.value = seconds

    def get_lock(self) -> contextlib.AbstractContextManager[None]:
        return contextlib.nullcontext()


def _atomic_type() -> socket.SocketKind:
    """macOS has no SEQPACKET for local sockets; datagrams of a pair are as atomic."""
    return socket.SOCK_SEQPACKET if sys.platform == "linux" else socket.SOCK_DGRAM

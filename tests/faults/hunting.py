"""Killing from outside: kill -9 at uneven times, in a thread, until the work is done."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator

Killed = dict[int, float]
"""The pids that were killed, and when."""


@contextlib.contextmanager
def hunting(
    victims: Callable[[], list[int]], *, every: tuple[float, float], by: random.Random
) -> Iterator[Killed]:
    """While the block runs, one of the victims dies every so many seconds."""
    killed: Killed = {}
    done = threading.Event()
    hunter = threading.Thread(target=_hunt, args=(victims, every, by, done, killed))
    hunter.start()
    try:
        yield killed
    finally:
        done.set()
        hunter.join()


def _hunt(
    victims: Callable[[], list[int]],
    every: tuple[float, float],
    by: random.Random,
    done: threading.Event,
    killed: Killed,
) -> None:
    while not done.wait(by.uniform(*every)):
        found = [pid for pid in victims() if pid not in killed]
        # The time before it: others may go on the moment it is dead.
        at = time.monotonic()
        if found and kill(pid := by.choice(found)):
            killed[pid] = at


def kill(pid: int, signum: int = signal.SIGKILL) -> bool:
    """Whether there was such a process."""
    try:
        os.kill(pid, signum)
    except ProcessLookupError:
        return False
    return True

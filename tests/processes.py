"""Looking at processes from outside: which live, which are children of what."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import TypeVar

import psutil

T = TypeVar("T")


def lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def still_living(pids: Iterable[int]) -> list[int]:
    return [pid for pid in pids if lives(pid)]


def tree(pid: int) -> list[int]:
    """A process and all below it, root first."""
    root = psutil.Process(pid)
    return [pid, *(child.pid for child in root.children(recursive=True))]


def until(look: Callable[[], T], *, within_s: float = 20.0, what: str = "it") -> T:
    """Looks again and again until the answer is true; fails with a sentence after a bound."""
    deadline = time.monotonic() + within_s
    while not (found := look()):
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not happen within {within_s} s")
        time.sleep(0.02)
    return found

"""Who this process is: its node's name, its worker's name, and what the supervisor shares."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import psutil


@dataclass(frozen=True, slots=True)
class ThisNode:
    """Set before the fork by the supervisor; a foreground command has neither nursery nor slot."""

    name: str
    host: str
    nursery: Path | None = None
    slot: int | None = None
    """The worker's place on the board."""

    @property
    def worker_id(self) -> str:
        return f"{self.name}/{os.getpid()}"


_this: ThisNode | None = None


def host_name() -> str:
    return os.environ.get("NODE_HOST") or socket.gethostname()


def this_node() -> ThisNode:
    global _this
    if _this is None:
        _this = ThisNode(name=f"{host_name()}:{os.getpid()}", host=host_name())
    return _this


def become(
    *, name: str | None = None, nursery: Path | None = None, slot: int | None = None
) -> None:
    """Changes who this process is; what is not named stays."""
    global _this
    now = this_node()
    _this = replace(
        now,
        name=name or now.name,
        nursery=nursery or now.nursery,
        slot=now.slot if slot is None else slot,
    )


@cache
def _started_at(pid: int) -> float:
    return psutil.Process(pid).create_time()


def my_start() -> float:
    """When this process began: with the pid, it names a process for good."""
    return _started_at(os.getpid())


def is_alive(pid: int, started_at: float | None) -> bool:
    """Whether that very process of this host runs: a pid used anew is somebody else."""
    try:
        found = psutil.Process(pid)
        if found.status() == psutil.STATUS_ZOMBIE:
            return False
        return started_at is None or abs(found.create_time() - started_at) < 1.0
    except psutil.NoSuchProcess:
        return False


def began(pid: int) -> float:
    """When that process of this host began, in seconds of the epoch; infinity for none."""
    try:
        return psutil.Process(pid).create_time()
    except psutil.NoSuchProcess:
        return float("inf")


def own_pid() -> int:
    return os.getpid()


def kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, signal.SIGKILL)

"""Processes of this host: when one began, whether it lives, and its end."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import uuid
import zlib
from functools import cache
from pathlib import Path

import psutil


@cache
def _start_of_mine(pid: int) -> float:
    return start_of(pid)


def my_start() -> float:
    """The start of this process: with the pid, it names a process for good."""
    return _start_of_mine(os.getpid())


def start_of(pid: int) -> float:
    """A number for when that process of this host began. Raises NoSuchProcess.

    On Linux in ticks since this boot, and the boot: a start in wall-clock time moves when the clock
    is set, and every worker would look like somebody else. Below 2**53, so a float keeps it.
    """
    if sys.platform != "linux":
        return psutil.Process(pid).create_time()
    try:
        line = Path(f"/proc/{pid}/stat").read_text()
    except OSError as error:
        raise psutil.NoSuchProcess(pid) from error
    ticks = int(line.rpartition(")")[2].split()[19])
    return float(_boot() * 10**11 + ticks)


@cache
def _boot() -> int:
    return zlib.crc32(_boot_id()) & 0xFFFF


@cache
def _boot_id() -> bytes:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_bytes()
    except OSError:
        return b""


@cache
def machine() -> str:
    """Where our pids mean something: this boot of this machine, and the pid namespace in it."""
    try:
        namespace = Path("/proc/self/ns/pid").stat().st_ino
    except OSError:
        namespace = 0
    boot = _boot_id().decode().strip()
    return f"{boot}/{namespace}" if boot and namespace else f"{uuid.getnode():x}"


def is_alive(pid: int, started_at: float | None) -> bool:
    """Whether that very process of this host runs: a pid used anew is somebody else."""
    try:
        if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return False
        return started_at is None or start_of(pid) == started_at
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

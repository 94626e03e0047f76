"""Processes whose parents died: adopted by the supervisor, and ended when nobody needs them."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
from collections.abc import Collection

import psutil

PR_SET_CHILD_SUBREAPER = 36


def adopt() -> None:
    """Linux hands us every descendant whose parent died, instead of handing it to init."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1)


def end_orphans(*, ours: Collection[int]) -> list[int]:
    """Kills adopted processes whose session has lost its leader, such as ffmpeg after its child.

    A child whose nursery died is adopted too, but leads its own session and works for a worker
    that lives: it stays.
    """
    ended = []
    for process in psutil.Process().children():
        if process.pid in ours:
            continue
        with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError, PermissionError):
            session = os.getsid(process.pid)
            if session != process.pid and not psutil.pid_exists(session):
                process.kill()
                ended.append(process.pid)
    return ended


def reap(*, ours: Collection[int]) -> None:
    """Waits for adopted processes that ended, and for none that somebody else waits for."""
    with contextlib.suppress(psutil.NoSuchProcess):
        for process in psutil.Process().children():
            if process.pid in ours or process.status() != psutil.STATUS_ZOMBIE:
                continue
            with contextlib.suppress(ChildProcessError):
                os.waitpid(process.pid, os.WNOHANG)


def end_tree(pid: int) -> None:
    """Kills a process and all its descendants, stopped ones included."""
    with contextlib.suppress(psutil.NoSuchProcess):
        root = psutil.Process(pid)
        for process in [root, *root.children(recursive=True)]:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGKILL)


def end_descendants() -> None:
    """Everything below us, until nothing is left: a dying parent may still have forked."""
    while children := psutil.Process().children(recursive=True):
        for process in children:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        psutil.wait_procs(children, timeout=0.2)

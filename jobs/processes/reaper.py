"""Processes whose parents died: adopted by the supervisor, and ended when nobody needs them."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Collection

import psutil


def clear(*, ours: Collection[int]) -> list[int]:
    """Reaps adopted processes that have ended, and kills those whose session lost its leader.

    Such as ffmpeg after its child. A child whose fork server died is adopted too, but leads its own
    session and works for a worker that lives: it stays. Answers the killed ones.
    """
    ended = []
    for process in psutil.Process().children():
        if process.pid in ours:
            continue
        with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError, PermissionError):
            if process.status() == psutil.STATUS_ZOMBIE:
                _reap(process.pid)
            elif _is_leaderless(process.pid):
                process.kill()
                ended.append(process.pid)
    return ended


def _reap(pid: int) -> None:
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)


def _is_leaderless(pid: int) -> bool:
    session = os.getsid(pid)
    return session != pid and not psutil.pid_exists(session)


def end_tree(pid: int) -> None:
    """Kills a process and all its descendants, stopped ones included."""
    with contextlib.suppress(psutil.NoSuchProcess):
        root = psutil.Process(pid)
        for process in [root, *root.children(recursive=True)]:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGKILL)


def end_descendants() -> None:
    """Everything below us, until nothing is left: a dying parent may still have forked.

    But not what hangs in a disk that does not answer: it is killed, and ends once that does.
    """
    while children := psutil.Process().children(recursive=True):
        for process in children:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        _, left = psutil.wait_procs(children, timeout=0.2)
        if left and all(map(_hangs, left)):
            return


def _hangs(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.NoSuchProcess):
        return bool(process.status() == psutil.STATUS_DISK_SLEEP)
    return False

"""What Linux does for a process that asks: end it with its parent, hand it orphans, name it."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
PR_SET_NAME = 15
PR_SET_CHILD_SUBREAPER = 36


def die_with_parent() -> None:
    """Asks Linux to kill this process when the thread that started it ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def live_no_longer_than(parent: int) -> None:
    """For a new process, from its first moment: its parent may have died before this line."""
    die_with_parent()
    if os.getppid() != parent:
        os._exit(1)


def call_myself(name: str) -> None:
    """The name that ps and top show for this process, at most 15 characters."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_NAME, name.encode()[:15])


def adopt_orphans() -> None:
    """Linux hands us every descendant whose parent died, instead of handing it to init."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1)

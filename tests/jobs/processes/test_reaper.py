"""The end of everything below us, but for what not even the kernel can end."""

from __future__ import annotations

import subprocess
import sys

from django.conf import settings

# In a process of its own: the suite has children that are not to be ended.
BEGIN = """
import os, signal, subprocess, sys
import psutil
from jobs.processes import reaper
pid = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]).pid
"""


def printed(script: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", BEGIN + script],
        cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=30, check=True,
    )  # fmt: skip
    return done.stdout.strip()


def test_nothing_below_us_is_left() -> None:
    assert printed("reaper.end_descendants(); print(psutil.pid_exists(pid))") == "False"


def test_what_hangs_in_a_disk_is_killed_and_not_waited_for() -> None:
    """The kernel ends it as soon as that disk answers."""
    script = """
killed = []
psutil.Popen.kill = psutil.Process.kill = lambda self: killed.append(self.pid)
psutil.Process.status = lambda self: psutil.STATUS_DISK_SLEEP
reaper.end_descendants()
print(killed == [pid], psutil.pid_exists(pid))
os.kill(pid, signal.SIGKILL)
"""
    assert printed(script) == "True True"

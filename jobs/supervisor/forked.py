"""Processes that the supervisor forks for what may hang: nobody waits for them, all end with it."""

from __future__ import annotations

import gc
import logging
import os
import signal
from collections.abc import Callable
from typing import NoReturn

from django.db import connections

from jobs.supervisor.signals import STOPS
from videomind import prctl
from videomind.database.outages import AWAY, on_one_line

logger = logging.getLogger(__name__)


def forked(name: str, act: Callable[[], None]) -> int:
    """Starts it, and answers its pid. What Django has loaded is shared with it."""
    connections.close_all()
    supervisor = os.getpid()
    pid = os.fork()
    if pid == 0:
        _become(name, act, supervisor)
    return pid


def is_gone(pid: int) -> bool:
    """Whether that process of ours has ended, or never was."""
    if not pid:
        return True
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    except ChildProcessError:
        return True


def _become(name: str, act: Callable[[], None], supervisor: int) -> NoReturn:
    status = 1
    try:
        prctl.live_no_longer_than(supervisor)
        # The reaper ends what has lost the leader of its session; this one leads its own.
        os.setsid()
        signal.set_wakeup_fd(-1)
        # A stop of the whole tree at once is the supervisor's to hear.
        for number in STOPS:
            signal.signal(number, signal.SIG_IGN)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        prctl.call_myself(name)
        # A collection would write to all pages that are shared.
        gc.disable()
        act()
        status = 0
    except AWAY as error:
        logger.warning("The database does not answer %s: %s", name, on_one_line(error))
    except BaseException:
        logger.exception("%s broke", name)
    finally:
        os._exit(status)

"""The engine's process: forked, asked to drain, found gone, ended with all that is below it."""

from __future__ import annotations

import logging
import os
import signal
from dataclasses import dataclass
from typing import NoReturn

from django.conf import settings
from django.db import connections

from jobs.cluster import pool
from jobs.processes import reaper, slots
from jobs.supervisor.signals import Stops

logger = logging.getLogger(__name__)


@dataclass
class EngineProcess:
    """One after another: `pid` is 0 while there is none."""

    workers: int
    stops: Stops
    pid: int = 0

    def start(self) -> None:
        """Forks: what Django has loaded is shared with every process of the pool."""
        if self.stops.count:
            return
        connections.close_all()
        reserve = self.workers > sum(limit or 0 for limit in settings.LANE_LIMITS.values())
        slots.take(slots.WorkerSlots(self.workers, reserve_short=reserve))
        if self.stops.count:
            # Whoever told us meanwhile has drained the slots before these.
            slots.current().drain()
        me = os.getpid()
        pid = os.fork()
        if pid == 0:
            _become_engine(supervisor=me)
        self.pid = pid

    def is_gone(self) -> bool:
        if not self.pid:
            return True
        try:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
        except ChildProcessError:
            pid, status = self.pid, 0
        if pid:
            code = os.waitstatus_to_exitcode(status)
            how = f"killed by signal {-code}" if code < 0 else f"exit {code}"
            logger.log(logging.WARNING if code else logging.INFO, "The engine ended (%s)", how)
            self.pid = 0
        return not self.pid

    def drain(self) -> None:
        if self.pid:
            os.kill(self.pid, signal.SIGTERM)

    def end(self) -> None:
        if self.pid:
            reaper.end_tree(self.pid)
            os.waitpid(self.pid, 0)
            self.pid = 0


def _become_engine(*, supervisor: int) -> NoReturn:
    status = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        pool.run(supervisor=supervisor)
        status = 0
    except BaseException:
        logger.exception("The engine broke")
    finally:
        os._exit(status)

"""Keeps the pool alive: an engine that died or hangs is started anew, and every stop has its bound.

A drain, `GRACEFUL_TIMEOUT` for running work, then leases are given back and the tree is ended.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field

from django.conf import settings
from django.db import DatabaseError, connection

from jobs.execution import takeover
from jobs.processes import node, reaper, slots
from jobs.processes.fork_server_keeper import ForkServerKeeper
from jobs.recovery import sweep
from jobs.supervisor.engine_process import EngineProcess
from jobs.supervisor.signals import Signals
from jobs.supervisor.steps import Step, Steps
from jobs.supervisor.watchdog import Watchdog

logger = logging.getLogger(__name__)

REST_S = 0.25
RESTART_PAUSE_S = 1.0


@dataclass
class PoolKeeper:
    """The engine and the fork server, which its workers knock at."""

    engine: EngineProcess
    fork_server: ForkServerKeeper
    signals: Signals
    steps: Steps
    lasting: tuple[Step, ...]
    """Those that go on while a stop is waited for."""
    watchdog: Watchdog = field(default_factory=Watchdog)

    def rest(self, seconds: float = REST_S) -> None:
        """Until something happens that cannot wait."""
        self.signals.wait(seconds, fork_server=self.fork_server)
        self.fork_server.answer()

    def look_after_engine(self) -> None:
        if self.engine.is_gone():
            self._start_again()
        elif slots.draining() and not self.signals.stops.count:
            # One of its processes was told to stop, we were not: let it end, then start anew.
            self.stop()

    def _start_again(self) -> None:
        logger.warning("Starting the engine again")
        reaper.clear(ours=self._ours())
        self.rest(RESTART_PAUSE_S * settings.TIME_SCALE)
        self.steps.take(sweep.sweep)
        self.engine.start()

    def look_for_a_wedge(self) -> None:
        if self.watchdog.bites():
            logger.error("Work is due, a worker is idle, and nothing was claimed: starting anew")
            self.stop()

    def reap(self) -> None:
        for pid in reaper.clear(ours=self._ours()):
            logger.warning("Ended process %s, whose parent had died", pid)

    def _ours(self) -> set[int]:
        return {pid for pid in (self.engine.pid, self.fork_server.pid) if pid}

    def stop(self) -> None:
        """Drain and wait; then give leases back first, so that nobody writes, and end the tree."""
        heard = self.signals.stops.count
        self.engine.drain()
        until = time.monotonic() + settings.GRACEFUL_TIMEOUT
        if not self.engine.is_gone():
            # At once: others see that we drain.
            for step in self.lasting:
                self.steps.take(step.take)
        while not self.engine.is_gone() and time.monotonic() < until:
            if self.signals.stops.count > max(1, heard):
                break
            self.rest()
            self.steps.take_due(self.lasting)
        release_leases()
        self.engine.end()

    def end_everything(self) -> None:
        self.fork_server.close()
        reaper.end_descendants()


def release_leases() -> None:
    try:
        released = takeover.release(node.this_node().name)
    except DatabaseError:
        logger.exception("The database does not answer; the sweep recovers what was running")
        connection.close()
        return
    if released:
        logger.warning("Gave back %s running jobs unharmed", released)

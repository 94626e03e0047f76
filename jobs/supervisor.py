"""What `manage.py qcluster` runs: the engine's keeper, which works while every worker is busy.

It owns the node's row, the promoter, the sweep and the nursery, restarts an engine that died, and
bounds every stop: a drain, `GRACEFUL_TIMEOUT` for running work, then leases are given back and the
whole tree is ended.
"""

from __future__ import annotations

import logging
import os
import select
import signal
import time
from dataclasses import dataclass, field

from django.conf import settings
from django.db import DatabaseError, connection, connections
from django.db.models.functions import Now
from django.utils import timezone

from jobs import board, engine, holds, lanes, node, orphans, recovery
from jobs.models import Node
from jobs.nurseries import NurseryKeeper
from jobs.ticks import Ticks
from jobs.vigilance import Clock, Watchdog
from videomind.version import VERSION

logger = logging.getLogger(__name__)

TICK_S = 0.25
PROMOTE_S = 1.0
ORPHANS_S = 2.0
WATCHDOG_LOOK_S = 1.0
RESTART_PAUSE_S = 1.0


@dataclass
class Supervisor:
    """One node's supervisor, from `run` to its return value, the exit status."""

    workers: int = field(default_factory=lambda: int(settings.WORKERS))
    engine_pid: int = 0
    signals: int = 0
    clock: Clock = field(default_factory=Clock)
    watchdog: Watchdog = field(default_factory=Watchdog)

    def run(self) -> int:
        orphans.adopt()
        node.become(name=f"{node.host_name()}:{os.getpid()}")
        self.keeper = NurseryKeeper()
        node.become(nursery=self.keeper.path)
        self._listen_for_signals()
        try:
            self._prepare()
            self._start_engine()
            logger.info("Node %s: %s workers at work", node.this_node().name, self.workers)
            self._watch()
            return self._stop()
        finally:
            self._end_everything()

    # --- signals ---------------------------------------------------------------------------------

    def _listen_for_signals(self) -> None:
        """A signal ends the loop's wait at once."""
        self._wake_reader, self._wake_writer = os.pipe()
        os.set_blocking(self._wake_writer, False)
        os.set_blocking(self._wake_reader, False)
        signal.set_wakeup_fd(self._wake_writer, warn_on_full_buffer=False)
        # HUP: the terminal is closed.
        for signum in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(signum, self._on_stop)
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def _on_stop(self, signum: int, frame: object) -> None:
        self.signals += 1
        board.current().drain()

    # --- the engine ------------------------------------------------------------------------------

    def _prepare(self) -> None:
        lanes.ensure()
        now = timezone.now()
        Node.objects.update_or_create(
            name=node.this_node().name,
            defaults={
                "host": node.host_name(),
                "pid": os.getpid(),
                "version": VERSION,
                "workers": self.workers,
                "started_at": now,
                "heartbeat_at": now,
                "draining": False,
            },
        )
        # The clock is watched from before the first job.
        self.clock.is_doubtful(late=False)
        recovery.sweep()

    def _start_engine(self) -> None:
        """Forks: what Django has loaded is shared with every process of the pool."""
        connections.close_all()
        reserve = self.workers > sum(limit or 0 for limit in settings.LANE_LIMITS.values())
        board.take(board.Board(self.workers, reserve_short=reserve))
        if self.signals:
            board.current().drain()
        me = os.getpid()
        pid = os.fork()
        if pid == 0:
            self._become_engine(supervisor=me)
        self.engine_pid = pid

    def _become_engine(self, *, supervisor: int) -> None:
        status = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            engine.run(supervisor=supervisor)
            status = 0
        except BaseException:
            logger.exception("The engine broke")
        finally:
            os._exit(status)

    def _engine_is_gone(self) -> bool:
        if not self.engine_pid:
            return True
        try:
            pid, status = os.waitpid(self.engine_pid, os.WNOHANG)
        except ChildProcessError:
            pid, status = self.engine_pid, 0
        if pid:
            code = os.waitstatus_to_exitcode(status)
            logger.log(logging.WARNING if code else logging.INFO, "The engine ended (%s)", code)
            self.engine_pid = 0
        return not self.engine_pid

    # --- the watch -------------------------------------------------------------------------------

    def _watch(self) -> None:
        ticks = Ticks()
        while not self.signals:
            self._rest(TICK_S)
            self.keeper.answer()
            try:
                self._tick(ticks)
            except DatabaseError:
                logger.exception("The database does not answer the supervisor; it goes on asking")
                connection.close()

    def _rest(self, seconds: float) -> None:
        readers = [self._wake_reader]
        if not self.keeper.is_awake:
            readers.append(self.keeper.fileno())
        ready, _, _ = select.select(readers, [], [], seconds)
        if self._wake_reader in ready:
            os.read(self._wake_reader, 4096)

    def _tick(self, ticks: Ticks) -> None:
        self._keep_engine()
        if ticks.due("heartbeat", settings.HEARTBEAT_S):
            Node.objects.filter(name=node.this_node().name).update(heartbeat_at=Now())
        if ticks.due("promote", PROMOTE_S * settings.TIME_SCALE):
            recovery.promote()
        if ticks.due("orphans", ORPHANS_S):
            self._clear_orphans()
        if ticks.due("holds", PROMOTE_S * settings.TIME_SCALE):
            holds.look()
        if ticks.due("sweep", settings.SWEEP_S):
            late = ticks.was_late("sweep", settings.LEASE_S)
            doubtful = self.clock.is_doubtful(late=late)
            recovery.sweep(nobody_lost=doubtful, moved=self.clock.moved_since)
            if not doubtful:
                recovery.forget_dead_nodes()
        if ticks.due("watchdog", WATCHDOG_LOOK_S) and self.watchdog.bites():
            logger.error("Work is due, a worker is idle, and nothing was claimed: starting anew")
            self._bounded_stop()

    def _keep_engine(self) -> None:
        if self._engine_is_gone():
            logger.warning("Starting the engine again")
            orphans.clear(ours=self._ours())
            self._rest(RESTART_PAUSE_S * settings.TIME_SCALE)
            recovery.sweep()
            self._start_engine()
        elif board.draining() and not self.signals:
            # One of its processes was told to stop, we were not: let it end, then start anew.
            self._bounded_stop()
            self.engine_pid = 0

    def _ours(self) -> set[int]:
        return {pid for pid in (self.engine_pid, self.keeper.pid) if pid}

    def _clear_orphans(self) -> None:
        for pid in orphans.clear(ours=self._ours()):
            logger.warning("Ended process %s, whose parent had died", pid)

    # --- stopping --------------------------------------------------------------------------------

    def _stop(self) -> int:
        logger.info("Stopping: running work gets %.0f s", settings.GRACEFUL_TIMEOUT)
        self._bounded_stop()
        logger.info("Stopped")
        return 0

    def _bounded_stop(self) -> None:
        """Drain and wait; then give leases back first, so that nobody writes, and end the tree."""
        heard = self.signals
        if self.engine_pid:
            os.kill(self.engine_pid, signal.SIGTERM)
        until = time.monotonic() + settings.GRACEFUL_TIMEOUT
        while not self._engine_is_gone() and time.monotonic() < until:
            if self.signals > max(1, heard):
                break
            self._rest(TICK_S)
            self.keeper.answer()
        self._release()
        if self.engine_pid:
            orphans.end_tree(self.engine_pid)
            os.waitpid(self.engine_pid, 0)
            self.engine_pid = 0

    def _release(self) -> None:
        try:
            released = recovery.release(node.this_node().name)
            Node.objects.filter(name=node.this_node().name).update(draining=bool(self.signals))
        except DatabaseError:
            logger.exception("The database does not answer; the sweep recovers what was running")
            connection.close()
            return
        if released:
            logger.warning("Gave back %s running jobs unharmed", released)

    def _end_everything(self) -> None:
        self.keeper.close()
        orphans.end_descendants()
        try:
            Node.objects.filter(name=node.this_node().name).delete()
        except DatabaseError:
            logger.warning("The node's row stays: the database does not answer")

"""What `manage.py qcluster` runs: the engine's keeper, which works while every worker is busy.

It owns the node's row, the promoter, the sweep and the fork server, restarts an engine that died,
and bounds every stop: a drain, `GRACEFUL_TIMEOUT` for running work, then leases are given back and
the whole tree is ended.
"""

from __future__ import annotations

import logging
import math
import os
import select
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.db import DatabaseError, connection, connections
from django.db.models.functions import Now
from django.utils import timezone

from jobs.cluster import pool
from jobs.execution import takeover
from jobs.lanes import holds, limits, probes
from jobs.models import Node
from jobs.processes import node, pids, reaper, slots
from jobs.processes.fork_server_keeper import ForkServerKeeper
from jobs.recovery import promotion, sweep
from jobs.supervisor import host_conflict
from jobs.supervisor.clock_watch import ClockWatch
from jobs.supervisor.disk_watcher import DiskWatcher
from jobs.supervisor.host_conflict import HostConflict
from jobs.supervisor.housekeeping import Housekeeping
from jobs.supervisor.intervals import Intervals
from jobs.supervisor.watchdog import Watchdog
from videomind import prctl
from videomind.database.outages import AWAY, Outage
from videomind.version import VERSION

logger = logging.getLogger(__name__)

TICK_S = 0.25
ORPHANS_S = 2.0
WATCHDOG_LOOK_S = 1.0
RESTART_PAUSE_S = 1.0
HOUSEKEEPING_S = 3600.0
LAST_GRACE_S = 5
SAME_STOP_S = 1.0
# What `up` sends: to stop, of which one is enough, and to stop at once.
STOP_BY_KEEPER, HURRY_BY_KEEPER = signal.SIGUSR1, signal.SIGUSR2
# HUP: the terminal is closed.
STOPS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, STOP_BY_KEEPER, HURRY_BY_KEEPER)


@dataclass
class Supervisor:
    """One node's supervisor, from `run` to its return value, the exit status."""

    workers: int = field(default_factory=lambda: int(settings.WORKERS))
    engine_pid: int = 0
    signals: int = 0
    started_at: datetime = field(default_factory=timezone.now)
    clock: ClockWatch = field(default_factory=ClockWatch)
    watchdog: Watchdog = field(default_factory=Watchdog)
    disk: DiskWatcher = field(default_factory=DiskWatcher)
    housekeeping: Housekeeping = field(default_factory=Housekeeping)
    intervals: Intervals = field(default_factory=Intervals)
    outage: Outage = field(default_factory=lambda: Outage("the supervisor"))
    told_by_keeper_at: float = -math.inf

    def run(self) -> int:
        # From its first file on it has to clean up: manage.py's handlers would leave that behind.
        signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
        prctl.adopt_orphans()
        node.become(name=f"{node.host_name()}:{os.getpid()}")
        self.keeper = ForkServerKeeper()
        node.become(fork_server=self.keeper.path)
        self._listen_for_signals()
        try:
            self._prepare()
            self._start_engine()
            logger.info("Node %s: %s workers at work", node.this_node().name, self.workers)
            self._watch()
            return self._stop()
        except HostConflict:
            # Its jobs and its row may look like ours.
            raise
        except BaseException:
            # Whatever broke is ours: it costs no job an attempt.
            self._release()
            raise
        finally:
            self._end_everything()

    # --- signals ---------------------------------------------------------------------------------

    def _listen_for_signals(self) -> None:
        """A signal ends the loop's wait at once."""
        self._wake_reader, self._wake_writer = os.pipe()
        os.set_blocking(self._wake_writer, False)
        os.set_blocking(self._wake_reader, False)
        signal.set_wakeup_fd(self._wake_writer, warn_on_full_buffer=False)
        for signum in STOPS:
            signal.signal(signum, self._on_stop)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        # Before anything is forked: a mask is inherited. What came meanwhile is heard now.
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)

    def _on_stop(self, signum: int, frame: object) -> None:
        """The alarm, which nobody handles, ends a supervisor that a silent server holds in a query.

        Engine, workers and children end with it; their jobs are found by the sweep.
        """
        if self._has_heard_this(signum):
            return
        self.signals += 1
        slots.current().drain()
        signal.alarm(LAST_GRACE_S if self.signals > 1 else self._longest_stop_s)

    def _has_heard_this(self, signum: int) -> bool:
        """One stop of the whole tree arrives twice: by itself, and through `up`."""
        if signum == STOP_BY_KEEPER:
            self.told_by_keeper_at = time.monotonic()
            return bool(self.signals)
        lately = time.monotonic() - self.told_by_keeper_at < SAME_STOP_S
        return signum != HURRY_BY_KEEPER and self.signals == 1 and lately

    @property
    def _longest_stop_s(self) -> int:
        return math.ceil(settings.GRACEFUL_TIMEOUT) + LAST_GRACE_S

    # --- the engine ------------------------------------------------------------------------------

    def _prepare(self) -> None:
        limits.ensure()
        host_conflict.refuse(self._rest_until_stopped)
        self._say_our_name()
        # One that looked when we did: at least one of us sees the other now.
        host_conflict.refuse_anybody()
        # The clock is watched from before the first job.
        self.clock.is_doubtful(late=False)
        sweep.sweep()
        # Before the first download: a disk that hangs, or is full, holds from the start.
        if not self.signals and self.disk.first_step(self._rest_until_stopped):
            self._take(holds.look)

    def _start_engine(self) -> None:
        """Forks: what Django has loaded is shared with every process of the pool."""
        if self.signals:
            return
        connections.close_all()
        reserve = self.workers > sum(limit or 0 for limit in settings.LANE_LIMITS.values())
        slots.take(slots.WorkerSlots(self.workers, reserve_short=reserve))
        if self.signals:
            slots.current().drain()
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
            pool.run(supervisor=supervisor)
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
            how = f"killed by signal {-code}" if code < 0 else f"exit {code}"
            logger.log(logging.WARNING if code else logging.INFO, "The engine ended (%s)", how)
            self.engine_pid = 0
        return not self.engine_pid

    # --- the watch -------------------------------------------------------------------------------

    def _watch(self) -> None:
        while not self.signals:
            self._rest(TICK_S)
            self.keeper.answer()
            self._take(self._keep_engine)
            for name, every_s, step in self._steps():
                if self.intervals.due(name, every_s):
                    self._take(step)

    def _steps(self) -> tuple[tuple[str, float, Callable[[], object]], ...]:
        second = settings.TIME_SCALE
        return (
            ("heartbeat", settings.HEARTBEAT_S, self._beat),
            ("promote", second, self._promote),
            ("holds", second, self._look_at_holds),
            ("orphans", ORPHANS_S, self._clear_orphans),
            ("sweep", settings.SWEEP_S, self._sweep),
            ("housekeeping", HOUSEKEEPING_S, self.housekeeping.step),
            ("watchdog", WATCHDOG_LOOK_S, self._look_for_a_wedge),
        )

    def _take(self, step: Callable[[], object]) -> None:
        """Broad: with one broken step the others go on; without a supervisor nothing does.

        A database that keeps us waiting keeps the workers from renewing their leases as well.
        """
        began = time.monotonic()
        try:
            step()
        except AWAY as error:
            self.outage.met(error)
            self.clock.distrust()
            connection.close()
        except Exception:
            logger.exception("A step of the supervisor broke; it goes on")
        if time.monotonic() - began > settings.HEARTBEAT_S:
            self.clock.distrust()

    def _rest(self, seconds: float) -> None:
        readers = [self._wake_reader]
        if not self.keeper.is_awake:
            readers.append(self.keeper.fileno())
        ready, _, _ = select.select(readers, [], [], seconds)
        if self._wake_reader in ready:
            os.read(self._wake_reader, 4096)

    def _rest_until_stopped(self) -> bool:
        self._rest(TICK_S)
        return not self.signals

    def _beat(self) -> None:
        """After a long silence others may have forgotten the node's row."""
        ours = Node.objects.filter(name=node.this_node().name)
        if not ours.update(heartbeat_at=Now(), draining=bool(self.signals)):
            self._say_our_name()

    def _say_our_name(self) -> None:
        Node.objects.update_or_create(
            name=node.this_node().name,
            defaults={
                "host": node.host_name(),
                "machine": pids.machine(),
                "pid": os.getpid(),
                "version": VERSION,
                "workers": self.workers,
                "started_at": self.started_at,
                "heartbeat_at": Now(),
                "draining": bool(self.signals),
                "disk_looked_at": None,
            },
        )

    def _promote(self) -> None:
        promotion.promote()
        self.outage.over()

    def _look_at_holds(self) -> None:
        # Right before: a clock that was set forward makes no look overdue.
        self.disk.step()
        if holds.YOUTUBE in holds.look():
            probes.choose()

    def _sweep(self) -> None:
        late = self.intervals.was_late("sweep", settings.LEASE_S)
        doubtful = self.clock.is_doubtful(late=late)
        sweep.sweep(nobody_lost=doubtful, moved=self.clock.moved_since)
        if not doubtful:
            sweep.forget_dead_nodes()

    def _look_for_a_wedge(self) -> None:
        if self.watchdog.bites():
            logger.error("Work is due, a worker is idle, and nothing was claimed: starting anew")
            self._bounded_stop()

    def _keep_engine(self) -> None:
        if self._engine_is_gone():
            logger.warning("Starting the engine again")
            reaper.clear(ours=self._ours())
            self._rest(RESTART_PAUSE_S * settings.TIME_SCALE)
            self._take(sweep.sweep)
            self._start_engine()
        elif slots.draining() and not self.signals:
            # One of its processes was told to stop, we were not: let it end, then start anew.
            self._bounded_stop()
            self.engine_pid = 0

    def _ours(self) -> set[int]:
        return {pid for pid in (self.engine_pid, self.keeper.pid) if pid}

    def _clear_orphans(self) -> None:
        for pid in reaper.clear(ours=self._ours()):
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
        self._take(self._beat)
        while not self._engine_is_gone() and time.monotonic() < until:
            if self.signals > max(1, heard):
                break
            self._rest(TICK_S)
            self.keeper.answer()
            if self.intervals.due("heartbeat", settings.HEARTBEAT_S):
                self._take(self._beat)
                self._take(self.disk.step)
        self._release()
        if self.engine_pid:
            reaper.end_tree(self.engine_pid)
            os.waitpid(self.engine_pid, 0)
            self.engine_pid = 0

    def _release(self) -> None:
        try:
            released = takeover.release(node.this_node().name)
        except DatabaseError:
            logger.exception("The database does not answer; the sweep recovers what was running")
            connection.close()
            return
        if released:
            logger.warning("Gave back %s running jobs unharmed", released)

    def _end_everything(self) -> None:
        self.keeper.close()
        reaper.end_descendants()
        try:
            here = Node.objects.filter(machine=pids.machine())
            here.filter(name=node.this_node().name).delete()
        except DatabaseError:
            logger.warning("The node's row stays: the database does not answer")

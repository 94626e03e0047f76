"""What `manage.py qcluster` runs: the process that works while every worker is busy.

It owns the node's row, the promoter, the sweep, the fork server, the engine, and the process that
looks at the disk.
"""

from __future__ import annotations

import logging
from dataclasses import replace

from django.conf import settings

from jobs.lanes import holds, limits
from jobs.processes import node
from jobs.processes.fork_server_keeper import ForkServerKeeper
from jobs.recovery import sweep
from jobs.supervisor import host_conflict, signals
from jobs.supervisor.disk_watcher import DiskWatcher
from jobs.supervisor.engine_process import EngineProcess
from jobs.supervisor.host_conflict import HostConflict
from jobs.supervisor.housekeeping import Housekeeping
from jobs.supervisor.node_row import NodeRow
from jobs.supervisor.pool_keeper import PoolKeeper, release_leases
from jobs.supervisor.signals import Signals
from jobs.supervisor.steps import SWEEP, Step, Steps, look_at_holds
from videomind import prctl
from videomind.database import clock

logger = logging.getLogger(__name__)

REAP_S = 2.0
WATCHDOG_LOOK_S = 1.0
HOUSEKEEPING_S = 3600.0


def supervise(workers: int) -> int:
    """This process is one node's supervisor until it has stopped. Answers the exit status."""
    # From its first file on it has to clean up: manage.py's handlers would leave that behind.
    signals.block()
    prctl.adopt_orphans()
    fork_server = ForkServerKeeper()
    node.become(replace(node.this_node(), fork_server=fork_server.path))
    heard = Signals()
    supervisor = Supervisor(workers, heard, fork_server)
    heard.listen()
    return supervisor.run()


class Supervisor:
    """One node's supervisor: it prepares, starts the engine, watches, and stops."""

    def __init__(self, workers: int, heard: Signals, fork_server: ForkServerKeeper) -> None:
        self.stops = heard.stops
        self.row = NodeRow(workers, self.stops)
        self.steps = Steps()
        self.disk = DiskWatcher()
        self.housekeeping = Housekeeping()
        beat = Step("heartbeat", settings.HEARTBEAT_S, self.row.beat)
        lasting = (beat, Step("disk", settings.HEARTBEAT_S, self.disk.step))
        engine = EngineProcess(workers, self.stops)
        self.pool = PoolKeeper(engine, fork_server, heard, self.steps, lasting)
        self.table = (
            beat,
            Step("promote", settings.TIME_SCALE, self.steps.promote),
            Step("holds", settings.TIME_SCALE, self._look_at_holds),
            Step("reap", REAP_S, self.pool.reap),
            Step(SWEEP, settings.SWEEP_S, self.steps.sweep),
            Step("housekeeping", HOUSEKEEPING_S, self.housekeeping.step),
            Step("watchdog", WATCHDOG_LOOK_S, self.pool.look_for_a_wedge),
        )

    def run(self) -> int:
        try:
            self.prepare()
            self.pool.engine.start()
            logger.info("Node %s: %s workers at work", node.this_node().name, self.row.workers)
            self._watch()
            return self._stop()
        except HostConflict:
            # Its jobs and its row may look like ours.
            raise
        except BaseException:
            # Whatever broke is ours: it costs no job an attempt.
            release_leases()
            raise
        finally:
            self.pool.end_everything()
            self.row.remove()

    def prepare(self) -> None:
        limits.ensure()
        host_conflict.refuse(self._rest_until_stopped)
        self.row.say()
        # One that looked when we did: at least one of us sees the other now.
        host_conflict.refuse_anybody()
        # The clock is watched from before the first job.
        self.steps.clock.is_doubtful(clock.database_now(), late=False)
        sweep.sweep()
        # Before the first download: a disk that hangs, or is full, holds from the start.
        if not self.stops.count and self.disk.first_step(self._rest_until_stopped):
            self.steps.take(holds.look)

    def _look_at_holds(self) -> None:
        # Right before: a clock that was set forward makes no look overdue.
        self.disk.step()
        look_at_holds()

    def _rest_until_stopped(self) -> bool:
        self.pool.rest()
        return not self.stops.count

    def _watch(self) -> None:
        while not self.stops.count:
            self.pool.rest()
            self.steps.take(self.pool.look_after_engine)
            self.steps.take_due(self.table)

    def _stop(self) -> int:
        logger.info("Stopping: running work gets %.0f s", settings.GRACEFUL_TIMEOUT)
        self.pool.stop()
        logger.info("Stopped")
        return 0

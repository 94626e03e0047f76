"""What the supervisor does again and again, step by step, whatever becomes of one of them."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from django.conf import settings
from django.db import connection

from jobs.lanes import holds, probes
from jobs.recovery import promotion, sweep
from jobs.supervisor.clock_watch import ClockWatch
from jobs.supervisor.intervals import Intervals
from videomind.database import clock
from videomind.database.outages import AWAY, Outage

logger = logging.getLogger(__name__)

SWEEP = "sweep"


class Step(NamedTuple):
    """One line of a table of the supervisor's."""

    name: str
    every_s: float
    take: Callable[[], object]


@dataclass
class Steps:
    """Takes each step; those that go by the clock, or end an outage, are its own."""

    clock: ClockWatch = field(default_factory=ClockWatch)
    intervals: Intervals = field(default_factory=Intervals)
    outage: Outage = field(default_factory=lambda: Outage("the supervisor"))

    def take_due(self, table: Iterable[Step]) -> None:
        for step in table:
            if self.intervals.due(step.name, step.every_s):
                self.take(step.take)

    def take(self, step: Callable[[], object]) -> None:
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

    def promote(self) -> None:
        promotion.promote()
        self.outage.over()

    def sweep(self) -> None:
        late = self.intervals.was_late(SWEEP, settings.LEASE_S)
        doubtful = self.clock.is_doubtful(clock.database_now(), late=late)
        sweep.sweep(nobody_lost=doubtful, moved=self.clock.moved_since)
        if not doubtful:
            sweep.forget_dead_nodes()


def look_at_holds() -> None:
    if holds.YOUTUBE in holds.look():
        probes.choose()

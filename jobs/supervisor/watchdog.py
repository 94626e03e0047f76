"""What nobody foresaw: work is due, a worker is idle, and nothing is claimed for long."""

from __future__ import annotations

import time
from dataclasses import dataclass

from django.conf import settings

from jobs.execution import claim
from jobs.processes import slots


@dataclass
class Watchdog:
    """For what nobody foresaw: work is due, a worker is idle, and nothing is claimed for long."""

    starts: int = -1
    quiet_since: float = 0.0

    def bites(self) -> bool:
        now, starts = time.monotonic(), self._starts()
        if starts != self.starts or not self._should_work():
            self.starts, self.quiet_since = starts, now
            return False
        if now - self.quiet_since < settings.WATCHDOG_S:
            return False
        self.starts = -1
        return True

    def _starts(self) -> int:
        return sum(slot.times_started for slot in slots.current().slots)

    def _should_work(self) -> bool:
        idle = any(slot.is_idle and not slot.short_only for slot in slots.current().slots)
        return idle and claim.due_count(at_most=1) > 0

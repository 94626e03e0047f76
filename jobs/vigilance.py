"""What the supervisor distrusts: clocks that jump, and an engine that lives but does not work."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings

from jobs import claim
from jobs.processes import slots
from videomind.database import clock

JUMP_S = 5.0
REMEMBERED = 100


@dataclass
class Clock:
    """Compares the database's clock with this process's own, which nobody can set."""

    seen_at: float | None = None
    own_at: float = 0.0
    doubtful_until: float = 0.0
    jumps: list[tuple[float, float]] = field(default_factory=list)
    """The time before each jump forward, and by how many seconds it went."""

    def is_doubtful(self, *, late: bool) -> bool:
        """Whether nobody may be declared lost now: for one lease after a jump or a late sweep."""
        database, own = clock.database_now().timestamp(), time.monotonic()
        if self.seen_at is not None:
            jump = (database - self.seen_at) - (own - self.own_at)
            if jump > JUMP_S:
                self.jumps = [*self.jumps[1 - REMEMBERED :], (database - jump, jump)]
            if abs(jump) > JUMP_S or late:
                self.distrust()
        self.seen_at, self.own_at = database, own
        return own < self.doubtful_until

    def distrust(self) -> None:
        """For one lease: workers that live need a moment to say so."""
        self.doubtful_until = time.monotonic() + settings.LEASE_S

    def moved_since(self, at: datetime) -> timedelta:
        """How far it was set forward in all since then, also by a machine that slept."""
        later = (jump for before, jump in self.jumps if before >= at.timestamp())
        return timedelta(seconds=sum(later))


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

"""Clocks that jump, and machines that sleep: how far they are to be believed."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings

JUMP_S = 5.0
REMEMBERED = 100


@dataclass
class ClockWatch:
    """Compares the database's clock with this process's own, which nobody can set."""

    seen_at: float | None = None
    own_at: float = 0.0
    doubtful_until: float = 0.0
    jumps: list[tuple[float, float]] = field(default_factory=list)
    """The time before each jump forward, and by how many seconds it went."""

    def is_doubtful(self, at: datetime, *, late: bool) -> bool:
        """Whether nobody may be declared lost now: for one lease after a jump or a late sweep.

        `at` is what the database's clock says.
        """
        database, own = at.timestamp(), time.monotonic()
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

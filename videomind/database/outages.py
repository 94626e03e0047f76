"""What is said of a database that does not answer: little, for everybody asks again and again."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from django.db import InterfaceError, OperationalError

logger = logging.getLogger(__name__)

SAY_AGAIN_S: Final = 60.0
AWAY: Final = (OperationalError, InterfaceError)
"""What a driver raises for a server that is down, restarted, or locked for too long."""


def on_one_line(error: Exception) -> str:
    """psycopg says where it tried and what to look at, on lines of its own."""
    return " ".join(str(error).split())


@dataclass
class Outage:
    """The database does not answer: said once, then once a minute, then that it is over."""

    who: str
    since: float | None = None
    said_at: float = 0.0
    clock: Callable[[], float] = time.monotonic

    def met(self, error: Exception) -> None:
        now = self.clock()
        first = self.since is None
        self.since = now if self.since is None else self.since
        if first or now - self.said_at >= SAY_AGAIN_S:
            self.said_at = now
            why = on_one_line(error)
            logger.warning("The database does not answer %s, which asks on: %s", self.who, why)

    def over(self) -> None:
        if self.since is not None:
            gone_s = self.clock() - self.since
            logger.warning("The database answers %s again, after %.0f s", self.who, gone_s)
            self.since = None

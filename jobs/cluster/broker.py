"""django-q2's ORM broker that also sees due jobs and hands out wake-ups for them.

A wake-up has no row and nothing to acknowledge: the worker that gets one claims the best due job
itself. So nothing drifts, is delivered twice, or is stolen by another cluster's prefetch.
"""

from __future__ import annotations

import logging
import time
from datetime import datetime, timedelta
from typing import Any

from django.db import DatabaseError, connection
from django.utils import timezone
from django_q.brokers.orm import ORM
from django_q.models import OrmQ
from django_q.signing import SignedPackage

from jobs.cluster.notifier import Notifier
from jobs.cluster.pipes import WAKE_UP
from jobs.execution import claim
from jobs.processes import slots
from jobs.processes.slots import Line
from videomind.database.outages import AWAY, Outage

logger = logging.getLogger(__name__)

LISTEN_S = 0.2
"""How long one look may last: a stop is seen that fast."""
SLOW_POLL_S = 1.0
"""Behind the notifications: at most this late, whatever was missed."""
PAUSE_S = 0.01
"""Between looks while workers are under way to what is due."""
FORGET_S = 2.0
TICK_LOCK = timedelta(minutes=5)

Message = tuple[int | None, str]


class JobBroker(ORM):  # type: ignore[misc]  # django-q2 is untyped
    """What the pusher asks for work, one call after the other in one process."""

    def __init__(self, list_key: str | None = None) -> None:
        super().__init__(list_key)
        self._notifier = Notifier()
        self._outage = Outage("the pusher")
        self._changed = True
        self._looked_at = 0.0
        self._lines: dict[bool, Watched] = {}

    def dequeue(self) -> list[Message] | None:
        """At most one message; None when there is nothing to do just now."""
        if slots.draining():
            time.sleep(LISTEN_S)
            return None
        try:
            found = self._next()
        except AWAY as error:
            self._outage.met(error)
            self._begin_anew()
            return None
        except DatabaseError:
            logger.exception("The pusher cannot look for work; it goes on trying")
            self._begin_anew()
            return None
        self._outage.over()
        return found

    def _begin_anew(self) -> None:
        connection.close()
        time.sleep(SLOW_POLL_S)
        self._changed = True

    def timeout(self, task: OrmQ) -> datetime:
        """How long a schedule's message is one cluster's before it is handed out again.

        It only enqueues a job, so twice does no harm. `retry`, beyond the longest job, would lose a
        tick for hours when its worker is killed on the way.
        """
        return timezone.now() + TICK_LOCK

    def set_stat(self, key: str, value: str, timeout: int) -> None:
        """Statistics in a shared cache are not used: the node's row says more."""

    def _next(self) -> list[Message] | None:
        self._listen()
        if not self._changed or not self._anybody_free():
            return None
        messages: list[Message] | None = self._stored_message()
        if messages:
            return messages
        for short in (False, True):
            if self._line(short=short).wants_a_wake_up():
                return [(None, wake_up_message(short=short))]
        self._changed = any(watched.wants_a_pause for watched in self._lines.values())
        return None

    def _listen(self) -> None:
        """While something is known to be due, only a glance at the notifier; else a real wait."""
        rang = self._notifier.wait(self._patience())
        now = time.monotonic()
        # Every line is asked: each keeps its own last look.
        freed_now = [watched.somebody_freed() for watched in self._lines.values()]
        if rang or any(freed_now) or now - self._looked_at >= SLOW_POLL_S:
            self._looked_at = now
            self._changed = True

    def _patience(self) -> float:
        if not self._changed:
            return LISTEN_S
        return PAUSE_S if any(each.wants_a_pause for each in self._lines.values()) else 0

    def _stored_message(self) -> list[Message] | None:
        """Schedules and one-off tasks, which are django-q2's own."""
        if not OrmQ.objects.filter(key=self.list_key, lock__lt=timezone.now()).exists():
            return None
        stored: list[Message] | None = super().dequeue()
        return stored

    def _anybody_free(self) -> bool:
        """With everybody busy there is nothing to ask the database for."""
        self._changed = any(slot.is_idle for slot in slots.current().slots)
        return self._changed

    def _line(self, *, short: bool) -> Watched:
        if short not in self._lines:
            self._lines[short] = Watched(slots.current().line(short=short))
        return self._lines[short]


class Watched:
    """One line of workers, and when to wake one: never more than are idle, never for nothing."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.wants_a_pause = False
        self._empty = line.empty
        self._idle = 0
        self._sent_at = 0.0

    def wants_a_wake_up(self) -> bool:
        self.wants_a_pause = False
        if self._free_workers() <= 0:
            return False
        if self.line.empty != self._empty:
            # Somebody was woken for nothing. What looks due may not be to be had: no spinning.
            self._empty = self.line.empty
            self.wants_a_pause = True
            return False
        takers = self.line.on_the_way + self.line.looking
        if claim.due_count(at_most=takers + 1, short_only=self.line.short) <= takers:
            # A taker may still come away empty-handed: look again in a moment.
            self.wants_a_pause = takers > 0
            return False
        self.line.woke()
        self._sent_at = time.monotonic()
        return True

    def _free_workers(self) -> int:
        if self.line.on_the_way and time.monotonic() - self._sent_at > FORGET_S:
            self.line.forget()
        return self.line.idle - self.line.on_the_way

    def somebody_freed(self) -> bool:
        """Whether more workers are idle than at the last look: what was due may now start."""
        before, self._idle = self._idle, self.line.idle
        return self._idle > before


def wake_up_message(*, short: bool) -> str:
    """Signed once: django-q2 checks the signature of whatever comes from a broker."""
    if short not in _messages:
        task: dict[str, Any] = {
            "id": "wake-up",
            "name": "wake-up",
            "func": WAKE_UP,
            "args": (),
            "kwargs": {},
            "started": timezone.now(),
            "short": short,
        }
        _messages[short] = SignedPackage.dumps(task)
    return _messages[short]


_messages: dict[bool, str] = {}

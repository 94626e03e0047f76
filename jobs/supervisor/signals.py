"""What a stop means, the first and the second one, and the pipe by which a signal wakes us."""

from __future__ import annotations

import math
import os
import select
import signal
import time
from dataclasses import dataclass

from django.conf import settings

from jobs.processes import slots
from jobs.processes.fork_server_keeper import ForkServerKeeper

LAST_GRACE_S = 5
SAME_STOP_S = 1.0
# What `up` sends: to stop, of which one is enough, and to stop at once.
STOP_BY_KEEPER, HURRY_BY_KEEPER = signal.SIGUSR1, signal.SIGUSR2
# HUP: the terminal is closed.
STOPS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, STOP_BY_KEEPER, HURRY_BY_KEEPER)


def block() -> None:
    """Whoever stops us from now on is heard once somebody listens."""
    signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)


@dataclass
class Stops:
    """How often we were told to stop."""

    count: int = 0
    told_by_keeper_at: float = -math.inf

    def hear(self, signum: int, *, at: float) -> bool:
        """Whether this is another one than those before."""
        if self._has_heard_this(signum, at):
            return False
        self.count += 1
        return True

    def _has_heard_this(self, signum: int, at: float) -> bool:
        """One stop of the whole tree arrives twice: by itself, and through `up`."""
        if signum == STOP_BY_KEEPER:
            self.told_by_keeper_at = at
            return bool(self.count)
        lately = at - self.told_by_keeper_at < SAME_STOP_S
        return signum != HURRY_BY_KEEPER and self.count == 1 and lately


class Signals:
    """Hears the stops. Each signal, also that of a child's end, ends the wait at once."""

    def __init__(self) -> None:
        self.stops = Stops()
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._writer, False)
        os.set_blocking(self._reader, False)

    def listen(self) -> None:
        signal.set_wakeup_fd(self._writer, warn_on_full_buffer=False)
        for signum in STOPS:
            signal.signal(signum, self._on_stop)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        # Before anything is forked: a mask is inherited. What came meanwhile is heard now.
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)

    def _on_stop(self, signum: int, frame: object) -> None:
        """The alarm, which nobody handles, ends a supervisor that a silent server holds in a query.

        Engine, workers and children end with it; their jobs are found by the sweep.
        """
        if not self.stops.hear(signum, at=time.monotonic()):
            return
        slots.current().drain()
        signal.alarm(LAST_GRACE_S if self.stops.count > 1 else _longest_stop_s())

    def wait(self, seconds: float, *, fork_server: ForkServerKeeper) -> None:
        """Also for a knock at a fork server that sleeps."""
        readers: list[int] = [self._reader]
        if not fork_server.is_awake:
            readers.append(fork_server.fileno())
        ready, _, _ = select.select(readers, [], [], seconds)
        if self._reader in ready:
            os.read(self._reader, 4096)


def _longest_stop_s() -> int:
    return math.ceil(settings.GRACEFUL_TIMEOUT) + LAST_GRACE_S

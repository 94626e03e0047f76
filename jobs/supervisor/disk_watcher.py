"""The process that looks at the library's disk: a mount that hangs holds up nobody else."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from jobs.models import DiskLook, Node
from jobs.processes.node import this_node
from jobs.supervisor.forked import forked, is_gone

# A disk that is awake answers within a millisecond; one that hangs costs the supervisor this once.
PATIENCE_S = 0.5
FIRST_PATIENCE_S = 5.0


@dataclass
class DiskWatcher:
    """Keeps the process, sends it for one look at a time, and notes in the node's row what it says.

    While a look hangs no other one is begun: each would hang as well.
    """

    pid: int = 0
    is_looking: bool = False
    _line: Connection = field(init=False)

    def step(self) -> bool:
        """Answers whether no look is under way."""
        if is_gone(self.pid):
            self._start()
        try:
            patience_s = 0.0 if self.is_looking else self._begin_look()
            self._take_answer(patience_s)
        except (EOFError, ConnectionError):
            self.pid = 0
        return not self.is_looking

    def first_step(self, rest: Callable[[], bool]) -> bool:
        """With the time that a sleeping disk takes to wake up. False: we are to stop meanwhile."""
        until = time.monotonic() + FIRST_PATIENCE_S
        while not self.step() and time.monotonic() < until:
            if not rest():
                return False
        return True

    def _start(self) -> None:
        self._line, theirs = Pipe()
        self.pid = forked("vm-disk", lambda: _look_on_demand(theirs, supervisors=self._line))
        theirs.close()
        self.is_looking = False

    def _begin_look(self) -> float:
        """Answers for how long we wait for it."""
        known = import_string(settings.DISK_KNOWN)()
        self.is_looking = True
        self._line.send(known)
        return PATIENCE_S

    def _take_answer(self, patience_s: float) -> None:
        if self._line.poll(patience_s):
            look: DiskLook = self._line.recv()
            self.is_looking = False
            Node.objects.filter(name=this_node().name).note_look(look)


def _look_on_demand(line: Connection, *, supervisors: Connection) -> None:
    """Knows no database: what it holds is told with each demand."""
    supervisors.close()
    look = import_string(settings.DISK_LOOK)
    with suppress(EOFError, ConnectionError):
        while True:
            line.send(_safely(look, line.recv()))


def _safely(look: Callable[..., DiskLook], known: dict[str, Any]) -> DiskLook:
    """Broad: what cannot be looked at is not well."""
    try:
        return look(**known)
    except Exception as error:
        said = "The media folder cannot be looked at."
        return DiskLook(None, said, f"{said} {error!r}")

"""django-q2's processes with our ways: no shared locks, no orphans, a drain that every one obeys.

`Engine` is django-q2's Sentinel. It runs in the engine process itself, so that nothing stands
between the supervisor and the sentinel.
"""

from __future__ import annotations

import functools
import logging
import multiprocessing
import os
import signal
import uuid
from collections.abc import Callable
from multiprocessing.sharedctypes import RawValue
from typing import Any

from django import db
from django.conf import settings
from django_q.cluster import Sentinel
from django_q.monitor import monitor
from django_q.pusher import pusher
from django_q.worker import worker

from jobs.cluster.pipes import STOP, Flag, Pipe, TaskPipe, Timer
from jobs.processes import slots
from videomind.prctl import call_myself, live_no_longer_than

logger = logging.getLogger(__name__)

fork = multiprocessing.get_context("fork")
ROLES = {pusher: "pusher", monitor: "monitor"}


class Engine(Sentinel):  # type: ignore[misc]  # django-q2 is untyped
    """The pool's guard: starts the processes, replaces the dead, ends the pool on a drain."""

    def __init__(self) -> None:
        self.stop_flag = Flag()
        super().__init__(self.stop_flag, Flag(), uuid.uuid4(), timeout=None, start=False)
        self.task_queue = TaskPipe(side_line=any(each.short_only for each in self.worker_slots))
        self.result_queue = Pipe()
        self.event_out = Flag()
        # django-q2 knows the setting alone, and `--workers` may have said another number.
        self.pool_size = len(self.worker_slots)
        for signum in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signum, self._drain)
        if slots.draining():
            # Told to stop before we could hear it.
            self.stop_flag.set()

    @property
    def worker_slots(self) -> list[slots.Slot]:
        return slots.current().slots

    def _drain(self, signum: int, frame: object) -> None:
        slots.current().drain()
        self.stop_flag.set()

    def spawn_process(self, target: Callable[..., None], *args: Any) -> Any:
        process = fork.Process(
            target=functools.partial(_live, target, os.getpid()),
            args=args,
            name=f"{target.__name__}-{uuid.uuid4().hex[:8]}",
            daemon=True,
        )
        process.start()
        return process

    def spawn_worker(self) -> None:
        slot = self._vacant_slot()
        own, timer = self.worker_slots[slot], Timer(RawValue("f", -1))
        own.leave()
        process = self.spawn_process(
            _work,
            slot,
            self.task_queue.for_worker(short_only=own.short_only),
            self.result_queue,
            timer,
            self.timeout,
        )
        process.timer, process.slot = timer, slot
        self.pool.append(process)

    def _vacant_slot(self) -> int:
        taken = {process.slot for process in self.pool}
        return next(slot for slot in range(len(self.worker_slots)) if slot not in taken)

    def stop(self) -> None:
        """Idle workers leave at once; busy ones after their job. The supervisor sets the bound."""
        slots.current().drain()
        self.event_out.set()
        self.pusher.join()
        for process in self.pool:
            line = self.task_queue.for_worker(short_only=self.worker_slots[process.slot].short_only)
            # Past the side line's routing: a stop is for the worker of that very line.
            Pipe.put(line, STOP)
        for process in self.pool:
            process.join()
        self.pool.clear()
        self.result_queue.put(STOP)
        self.monitor.join()

    def reincarnate(self, process: Any) -> None:
        """django-q2 puts a new process in a dead one's place; nobody is replaced in a drain."""
        if slots.draining():
            return
        if process.is_alive():
            # Its time is up. A TERM would only ask it to drain.
            process.kill()
            process.join()
        super().reincarnate(process)


def _live(target: Callable[..., None], engine: int, *args: Any) -> None:
    """What each process of the pool does first: it never outlives the engine."""
    live_no_longer_than(engine)
    call_myself(f"vm-{ROLES.get(target, 'worker')}")
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _drain_too)
    target(*args)


def _drain_too(signum: int, frame: object) -> None:
    """A stop may reach every process of the tree at once: all it does is say so."""
    slots.current().drain()


def _work(slot: int, tasks: Pipe, results: Pipe, timer: Timer, timeout: int) -> None:
    mine = slots.sit(slot)
    mine.sit_down(os.getpid())
    worker(tasks, results, timer, timeout)


def run(*, supervisor: int) -> None:
    """The engine process, from its fork to the end of the drain."""
    live_no_longer_than(supervisor)
    os.setsid()
    call_myself("vm-engine")
    db.connections.close_all()
    multiprocessing.current_process().name = "engine"
    engine = Engine()
    engine.timeout = settings.Q_CLUSTER["timeout"]
    engine.start()

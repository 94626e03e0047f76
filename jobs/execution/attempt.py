"""One attempt: what a worker function gets, and what becomes of what it answers.

`Work` is its parameters, its log, its progress, and the wall. Every write goes through the lease.
`check` is called often, looks at the clock first, and touches the database at most once a second.
"""

from __future__ import annotations

import logging
import time
import traceback as tracebacks
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models.functions import Now

from jobs.execution.attempt_end import Traces
from jobs.execution.claimed import Claim
from jobs.execution.transitions import Transition
from jobs.kinds import kind, kinds, log_folder_name
from jobs.logs.streams import Stream
from jobs.logs.writer import JobLog
from jobs.models import Job
from jobs.processes import child_process, slots
from jobs.processes.child_process import ChildEnd, Event
from jobs.processes.node import this_node
from jobs.progress import LONGEST_MESSAGE, Progress
from jobs.results import (
    Cancelled,
    Failed,
    Interrupted,
    LeaseLost,
    Released,
    Result,
    Stuck,
    TimedOut,
)
from jobs.states import Status
from videomind.database.outages import AWAY, Outage

logger = logging.getLogger(__name__)

LOOK_AT_ROW_S = 1.0


@dataclass
class Work:
    """One attempt at one job, in the hands of the worker that claimed it."""

    claim: Claim
    log: JobLog
    started: float = field(default_factory=time.monotonic)
    child_end: ChildEnd | None = None
    ytdlp_version: str = ""
    _progress: Progress | None = None
    _moved_at: float = field(default_factory=time.monotonic)
    _beat_at: float = field(default_factory=time.monotonic)
    _looked_at: float = field(default_factory=time.monotonic)

    @classmethod
    def of(cls, claim: Claim) -> Work:
        folder = Path(settings.LOG_DIR) / "jobs" / log_folder_name(claim.job_id, claim.job_type)
        return cls(claim, JobLog(folder, attempt=claim.attempt_number))

    @cached_property
    def _outage(self) -> Outage:
        return Outage(f"job {self.job_id}")

    @property
    def job_id(self) -> int:
        return self.claim.job_id

    @property
    def parameters(self) -> dict[str, Any]:
        return self.claim.parameters

    @property
    def job(self) -> Job:
        """The job's row as it is now."""
        return Job.objects.get(pk=self.job_id)

    def say(self, text: str, *, stream: Stream = "job") -> None:
        """A disk without room for the log is no reason to give up the work."""
        try:
            self.log.write(text, stream=stream)
        except OSError as error:
            logger.error("The log of job %s takes no line: %s", self.job_id, error)

    # --- progress, heartbeat, cancel, deadline ---------------------------------------------------

    def progress(self, current: int, total: int | None = None, message: str = "") -> None:
        """What people see; written with the next look at the row, at most once a second."""
        self._advance(Progress(current, total, message[:LONGEST_MESSAGE]))

    def _advance(self, now: Progress) -> None:
        if now != self._progress:
            self._progress = now
            self._moved_at = time.monotonic()
        self.check()

    def moved(self) -> None:
        """Something happened that is progress without a number to show."""
        self._moved_at = time.monotonic()

    def check(self) -> None:
        """Raises Interrupted when this attempt must end, LeaseLost when it is no longer ours."""
        now = time.monotonic()
        if now - self.started > self.claim.timeout_seconds:
            raise Interrupted(TimedOut(f"It ran longer than {self.claim.timeout_seconds} s."))
        stuck_s = kind(self.claim.job_type).stuck_s
        if now - self._moved_at > stuck_s:
            raise Interrupted(Stuck(f"No progress for {stuck_s} s."))
        if now - self._looked_at >= min(LOOK_AT_ROW_S, settings.HEARTBEAT_S):
            self._look_patiently(now)

    def _look_patiently(self, now: float) -> None:
        """A database that is restarted costs no attempt: the lease outlives a few missed beats."""
        try:
            self._look_at_row(now)
        except AWAY as error:
            silent_s = time.monotonic() - self._beat_at
            if connection.in_atomic_block or silent_s > settings.LEASE_S:
                raise
            self._outage.met(error)
            connection.close()
        else:
            self._outage.over()

    def _look_at_row(self, now: float) -> None:
        self._looked_at = now
        row = Job.objects.held_by(pk=self.job_id, lease=self.claim.lease)
        if self._progress is not None or now - self._beat_at >= settings.HEARTBEAT_S:
            if not row.update(**self._renewal()):
                raise LeaseLost
            self._beat_at, self._progress = now, None
        cancel = row.values_list("cancel_requested_at", flat=True)
        asked = list(cancel)
        if not asked:
            raise LeaseLost
        if asked[0] is not None:
            raise Interrupted(Cancelled("Cancelled while it ran."))

    def _renewal(self) -> dict[str, Any]:
        fields: dict[str, Any] = {"heartbeat_at": Now()}
        if self._moved_at > self._beat_at:
            fields["progress_at"] = Now()
        if self._progress is not None:
            fields |= self._progress.columns()
        return fields

    @contextmanager
    def fenced(self) -> Iterator[None]:
        """One short transaction that holds only while the lease does: effects go in here."""
        with transaction.atomic():
            # Without the key: a listing that links to this job meanwhile holds our video's row.
            rows = Job.objects.select_for_update(no_key=True)
            row = rows.held_by(pk=self.job_id, lease=self.claim.lease)
            if not list(row.values_list("pk", flat=True)):
                raise LeaseLost
            yield

    # --- the wall ---------------------------------------------------------------------------------

    def run_child(
        self,
        function: str,
        parameters: dict[str, Any],
        on_event: Callable[[Event], None] = lambda event: None,
    ) -> ChildEnd:
        """Runs `function` in a child of its own session; its events reach `on_event` in order.

        The child's `log` and `progress` events are taken care of here. However this ends, by
        return or by exception, no process of the child is left.
        """
        self.child_end = child_process.run(
            function,
            parameters,
            fork_server=this_node().fork_server,
            look=self.check,
            on_event=lambda event: self._take(event, on_event),
            on_start=self._note_child,
        )
        return self.child_end

    def _note_child(self, pid: int) -> None:
        """So that the sweep can end the group if this worker is killed at once with the child."""
        if not Job.objects.held_by(pk=self.job_id, lease=self.claim.lease).update(child_pid=pid):
            raise LeaseLost

    def _take(self, event: Event, on_event: Callable[[Event], None]) -> None:
        match event.get("event"):
            case "log":
                self.say(str(event.get("text", "")), stream=event.get("stream", "job"))
            case "progress":
                told = Progress.of_event(event)
                if told.sentence:
                    self.say(told.sentence, stream="progress")
                self._advance(told)
            case _:
                self.moved()
                on_event(event)

    # --- the end ----------------------------------------------------------------------------------

    def traces(self) -> Traces:
        return Traces(
            log_tail=self.log.tail(),
            ytdlp_version=self.ytdlp_version,
            peak_memory_kb=self.child_end.peak_memory_kb if self.child_end else None,
        )

    def close(self) -> None:
        try:
            self.log.close()
        except OSError as error:
            logger.error("The log in %s is not whole: %s", self.log.folder, error)

    def note_end(self, transition: Transition) -> None:
        """Into the log folder, if there is one or it failed; success of nothing stays silent."""
        if not self.log.wrote and transition.status is Status.COMPLETED:
            return
        try:
            self.log.write(transition.sentence)
            self.log.summary(self._summary(transition))
            self.log.close()
        except OSError as error:
            logger.error("The log of job %s takes no end: %s", self.job_id, error)

    def _summary(self, transition: Transition) -> str:
        return (
            f"job {self.job_id} {self.claim.job_type}\n"
            f"attempt {self.claim.attempt_number} on {self.claim.worker_id}\n"
            f"outcome {transition.outcome.value}, job {transition.status.value}\n"
            f"{transition.sentence}\n" + (f"{transition.message}\n" if transition.message else "")
        )


def attempt(work: Work) -> Result:
    """What the kind's worker answers, or what kept it from answering. Raises LeaseLost.

    Broad: a worker function that breaks is a bug of ours, recorded as a failed attempt with its
    traceback, and the worker lives on.
    """
    try:
        result = _run(work)
    except Interrupted as interrupted:
        result = interrupted.result
    except LeaseLost:
        raise
    except AWAY as error:
        logger.warning("Job %s met a database that does not answer: %s", work.job_id, error)
        connection.close()
        result = Failed("database_unavailable", str(error), traceback=tracebacks.format_exc())
    except Exception as error:
        logger.exception("Job %s broke", work.job_id)
        trace = tracebacks.format_exc()
        work.say(trace, stream="stderr")
        result = Failed("internal_error", f"{type(error).__name__}: {error}", traceback=trace)
    if isinstance(result, Failed) and slots.draining():
        # A stop reaches ffmpeg and friends too: what fails now may well be our own doing.
        return Released("The node is stopping.")
    return result


def _run(work: Work) -> Result:
    known = kinds().get(work.claim.job_type)
    if known is None:
        said = f"This VideoMind knows no job type {work.claim.job_type!r}; a newer one made it?"
        return Failed("internal_error", said)
    return known.run(work)

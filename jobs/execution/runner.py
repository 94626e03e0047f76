"""One wake-up: claim, run, settle, until nothing is due or the budget is spent.

Here is the only broad `except`: a worker function that breaks is a bug of ours, recorded as a
failed attempt with its traceback, and the worker lives on.
"""

from __future__ import annotations

import logging
import os
import time
import traceback as tracebacks
from dataclasses import dataclass, field

from django.conf import settings
from django.db import DatabaseError, connection

from jobs.execution import claim, takeover
from jobs.execution.attempt import Work
from jobs.execution.claim import Claim
from jobs.execution.settlement import DATABASE_AWAY, Traces, complete_and_claim, settle
from jobs.execution.transitions import Ending
from jobs.kinds import kinds
from jobs.logs.writer import JobLog
from jobs.models import Job
from jobs.processes import node, slots
from jobs.processes.slots import Slot
from jobs.queue import families
from jobs.results import Completed, Failed, Interrupted, LeaseLost, Released, Result
from jobs.states import Status
from videomind.database.outages import AWAY

logger = logging.getLogger(__name__)

BUDGET_JOBS = 500
BUDGET_S = 60.0
SETTLE_PAUSE_S = 0.5
UNWRITABLE = "internal_error"


def wake_up() -> None:
    """What django-q2 runs. Returns nothing and raises nothing."""
    me = slots.mine()
    me.started()
    try:
        Turn(me).run()
    except DatabaseError as error:
        # Nothing is lost: the next wake-up reconnects and gives back what we may hold.
        logger.warning("The database failed under a worker: %s", error, exc_info=_is_ours(error))
        _be_unsure()
        connection.close()
    finally:
        me.idle()


@dataclass
class Turn:
    """One wake-up: job after job, until nothing is due or the budget is spent."""

    slot: Slot
    done: int = 0
    began: float = field(default_factory=time.monotonic)
    handed: Claim | None = None
    """Claimed already, along with the end of the job before."""

    def run(self) -> None:
        while claimed := self._next():
            self.slot.busy(claimed.job_id)
            self.done += 1
            self.handed = run(claimed, turn=self)

    @property
    def goes_on(self) -> bool:
        """Looked at before each claim; what is claimed is run."""
        if slots.draining():
            return False
        return self.done < BUDGET_JOBS and time.monotonic() - self.began < BUDGET_S

    def _next(self) -> Claim | None:
        if self.handed is not None:
            return self.handed
        self.slot.busy(0)
        _give_back()
        claimed = claim.claim(short_only=self.slot.short_only) if self.goes_on else None
        if claimed is None:
            self.slot.found_nothing(self.done)
        return claimed


def _is_ours(error: DatabaseError) -> bool:
    """A bug wants its traceback; a server that is away does not, at night and from every worker."""
    return not isinstance(error, AWAY)


_unsure = False
"""Whether the database may say that we run a job that we do not know of."""


def _be_unsure() -> None:
    """An answer was lost, and a claim may have been committed with it."""
    global _unsure
    _unsure = True


def _give_back() -> None:
    """With nothing in our hands: what the database says we run is nobody's work."""
    global _unsure
    if not _unsure:
        return
    ours = Job.objects.running().filter(worker_id=node.this_node().worker_id, pid=os.getpid())
    for job in ours:
        takeover.end_attempt(job, Released("The answer to its claim was lost."))
    _unsure = False


def run(claimed: Claim, *, turn: Turn | None = None) -> Claim | None:
    """One attempt from its claim to its end; answers the job that was claimed along with that."""
    work = Work.of(claimed)
    try:
        ending, following = _settle_patiently(work, _attempt(work), turn)
    except LeaseLost:
        logger.warning("Job %s: the lease was lost, nothing is written", claimed.job_id)
        # Not to another worker, perhaps: a database that was away for a lease takes it as well.
        _be_unsure()
        return None
    finally:
        _close(work.log)
    if ending.status is Status.DEAD_LETTER:
        logger.warning("Job %s: %s", claimed.job_id, ending.sentence)
    _write_end(work.log, claimed, ending)
    try:
        _tell_others(claimed, ending)
    except DatabaseError:
        if following is None:
            raise
        # The sweep tells them; the job in our hands is not left lying.
        logger.exception("Job %s: those who wait for it were not told", claimed.job_id)
        connection.close()
    return following


def _tell_others(claimed: Claim, ending: Ending) -> None:
    if ending.status is Status.WAITING:
        # Its jobs may all have ended before it began to wait for them.
        families.finish(claimed.job_id)
    if ending.status not in (Status.PENDING, Status.RETRYING):
        families.let_go_on(claimed.job_id)


def _attempt(work: Work) -> Result:
    try:
        result = _run(work)
    except Interrupted as interrupted:
        result = interrupted.result
    except LeaseLost:
        raise
    except AWAY as error:
        logger.warning("Job %s met a database that does not answer: %s", work.job_id, error)
        connection.close()
        result = Failed(DATABASE_AWAY, str(error), traceback=tracebacks.format_exc())
    except Exception as error:
        logger.exception("Job %s broke", work.job_id)
        result = _broken(work, error)
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


def _settle_patiently(work: Work, result: Result, turn: Turn | None) -> tuple[Ending, Claim | None]:
    """What was worked for is not thrown away because the database is being restarted."""
    give_up_at = time.monotonic() + settings.LEASE_S
    while True:
        try:
            return _settle(work, result, turn)
        except AWAY:
            if not _unsure:
                logger.warning(
                    "Job %s: the database does not take its end; it tries again", work.job_id
                )
            _be_unsure()
            if time.monotonic() > give_up_at:
                raise
            connection.close()
            time.sleep(SETTLE_PAUSE_S)
        except LeaseLost:
            raise
        except Exception as error:
            # What cannot be written (a value that the database refuses) must not stay running.
            if isinstance(result, Failed) and result.code == UNWRITABLE:
                raise
            logger.exception("Job %s: its end cannot be written", work.job_id)
            result = Failed(UNWRITABLE, f"Its end cannot be written: {type(error).__name__}.")


def _settle(work: Work, result: Result, turn: Turn | None) -> tuple[Ending, Claim | None]:
    if turn is not None and turn.goes_on and isinstance(result, Completed):
        short_only = turn.slot.short_only
        return complete_and_claim(work.claim, result, traces=_traces(work), short_only=short_only)
    return settle(work.claim, result, traces=_traces(work)), None


def _broken(work: Work, error: Exception) -> Failed:
    trace = tracebacks.format_exc()
    work.say(trace, stream="stderr")
    return Failed("internal_error", f"{type(error).__name__}: {error}", traceback=trace)


def _traces(work: Work) -> Traces:
    end = work.child_end
    return Traces(
        log_tail=work.log.tail(),
        ytdlp_version=work.ytdlp_version,
        peak_memory_kb=end.peak_memory_kb if end else None,
    )


def _close(log: JobLog) -> None:
    try:
        log.close()
    except OSError as error:
        logger.error("The log in %s is not whole: %s", log.folder, error)


def _write_end(log: JobLog, claimed: Claim, ending: Ending) -> None:
    """Into the log folder, if the attempt made one or failed; success of nothing stays silent."""
    if not log.wrote and ending.status is Status.COMPLETED:
        return
    try:
        _write_summary(log, claimed, ending)
    except OSError as error:
        logger.error("The log of job %s takes no end: %s", claimed.job_id, error)


def _write_summary(log: JobLog, claimed: Claim, ending: Ending) -> None:
    log.write(ending.sentence)
    log.summary(
        f"job {claimed.job_id} {claimed.job_type}\n"
        f"attempt {claimed.attempt_number} on {claimed.worker_id}\n"
        f"outcome {ending.outcome.value}, job {ending.status.value}\n"
        f"{ending.sentence}\n" + (f"{ending.message}\n" if ending.message else "")
    )
    log.close()

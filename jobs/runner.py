"""One wake-up: claim, run, settle, until nothing is due or the budget is spent.

Here is the only broad `except`: a worker function that breaks is a bug of ours, recorded as a
failed attempt with its traceback, and the worker lives on.
"""

from __future__ import annotations

import logging
import time
import traceback as tracebacks

from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, connection

from jobs import board, claim, queue, waiting
from jobs.claim import Claim
from jobs.kinds import kind
from jobs.log import JobLog
from jobs.outcomes import Failed, Interrupted, LeaseLost, Released, Result
from jobs.settle import Ending, Traces, settle
from jobs.states import Status
from jobs.work import Work

logger = logging.getLogger(__name__)

BUDGET_JOBS = 50
BUDGET_S = 60.0
SETTLE_PAUSE_S = 0.5


def wake_up() -> None:
    """What django-q2 runs. Returns nothing and raises nothing."""
    me = board.mine()
    me.started()
    done = 0
    began = time.monotonic()
    try:
        while done < BUDGET_JOBS and time.monotonic() - began < BUDGET_S:
            if board.draining() or not run_next(short_only=me.short_only):
                me.found_nothing(done)
                return
            done += 1
    except DatabaseError:
        # Nothing is lost: the sweep finds what we held, and the next wake-up reconnects.
        logger.exception("The database failed under a worker")
        connection.close()
    finally:
        me.idle()


def run_next(*, short_only: bool = False) -> bool:
    """Claims and runs one job; False when nothing was due."""
    seat = board.mine()
    seat.busy(0)
    claimed = claim.claim(short_only=short_only)
    if claimed is None:
        return False
    seat.busy(claimed.job_id)
    run(claimed)
    return True


def run(claimed: Claim) -> Ending | None:
    """One attempt from its claim to its end; None when the lease was lost on the way."""
    work = Work.of(claimed)
    try:
        ending = _settle_patiently(work, _attempt(work))
    except LeaseLost:
        logger.warning("Job %s: the lease was lost, nothing is written", claimed.job_id)
        return None
    finally:
        _close(work.log)
    _write_end(work.log, claimed, ending)
    if ending.status is Status.CANCELLED:
        queue.cancel_children(claimed.job_id)
    if ending.status is Status.WAITING:
        # Its jobs may all have ended before it began to wait for them.
        waiting.finish(claimed.job_id)
    if ending.status not in (Status.PENDING, Status.RETRYING):
        waiting.let_go_on(claimed.job_id)
    return ending


def _attempt(work: Work) -> Result:
    try:
        result = kind(work.claim.job_type).run(work)
    except Interrupted as interrupted:
        result = interrupted.result
    except LeaseLost:
        raise
    except (OperationalError, InterfaceError) as error:
        logger.exception("Job %s met a database that does not answer", work.job_id)
        connection.close()
        result = Failed("database_unavailable", str(error), traceback=tracebacks.format_exc())
    except Exception as error:
        logger.exception("Job %s broke", work.job_id)
        result = _broken(work, error)
    if isinstance(result, Failed) and board.draining():
        # A stop reaches ffmpeg and friends too: what fails now may well be our own doing.
        return Released("The node is stopping.")
    return result


def _settle_patiently(work: Work, result: Result) -> Ending:
    """What was worked for is not thrown away because the database is being restarted."""
    give_up_at = time.monotonic() + settings.LEASE_S
    while True:
        try:
            return settle(work.claim, result, traces=_traces(work))
        except (OperationalError, InterfaceError):
            if time.monotonic() > give_up_at:
                raise
            logger.warning("Job %s: the database does not take its end; once more", work.job_id)
            connection.close()
            time.sleep(SETTLE_PAUSE_S)


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

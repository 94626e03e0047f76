"""One wake-up: job after job, each run, its end written and told, until nothing is due.

A wake-up also ends when its budget is spent, so that a worker is replaced in time.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from django.conf import settings
from django.db import DatabaseError, connection

from jobs.execution import claim, takeover
from jobs.execution.attempt import Work, attempt
from jobs.execution.claimed import Claim
from jobs.execution.settlement import settle_and_claim
from jobs.execution.transitions import Transition
from jobs.models import Job
from jobs.processes import node, slots
from jobs.processes.slots import Slot
from jobs.queue import families
from jobs.results import Failed, LeaseLost, Released, Result
from jobs.states import Status
from videomind.database.outages import AWAY

logger = logging.getLogger(__name__)

BUDGET_JOBS = 500
BUDGET_S = 60.0
SETTLE_PAUSE_S = 0.5
UNWRITABLE = "internal_error"


def wake_up() -> None:
    """What django-q2 runs. Returns nothing and raises nothing."""
    mine = slots.mine()
    mine.started()
    try:
        WakeUp(mine).run()
    except DatabaseError as error:
        # Nothing is lost: the next wake-up reconnects and gives back what we may hold.
        logger.warning("The database failed under a worker: %s", error, exc_info=_is_ours(error))
        mine.is_unsure = True
        connection.close()
    finally:
        mine.idle()


def _is_ours(error: DatabaseError) -> bool:
    """A bug wants its traceback; a server that is away does not, at night and from every worker."""
    return not isinstance(error, AWAY)


@dataclass
class WakeUp:
    """Job after job, until nothing is due or the budget is spent."""

    slot: Slot
    done: int = 0
    began: float = field(default_factory=time.monotonic)
    following: Claim | None = None
    """Claimed already, along with the end of the job before."""

    def run(self) -> None:
        while claimed := self.following or self._next():
            self.slot.busy(claimed.job_id)
            self.done += 1
            self.following = run(claimed, lanes=self.lanes)

    def lanes(self) -> tuple[str, ...]:
        """Those to claim from. Looked at before each claim; what is claimed is run."""
        spent = self.done >= BUDGET_JOBS or time.monotonic() - self.began >= BUDGET_S
        if spent or slots.draining():
            return ()
        return claim.lane_names(short_only=self.slot.short_only)

    def _next(self) -> Claim | None:
        self.slot.busy(0)
        _give_back(self.slot)
        claimed = claim.claim_from(self.lanes())
        if claimed is None:
            self.slot.found_nothing(self.done)
        return claimed


def _give_back(slot: Slot) -> None:
    """With nothing in our hands: what the database says we run is nobody's work."""
    if not slot.is_unsure:
        return
    ours = Job.objects.running().filter(worker_id=node.this_node().worker_id, pid=os.getpid())
    for job in ours:
        takeover.end_attempt(job, Released("The answer to its claim was lost."))
    slot.is_unsure = False


def run(claimed: Claim, *, lanes: Callable[[], tuple[str, ...]] = tuple) -> Claim | None:
    """One attempt from its claim to its end; answers the job that was claimed along with that.

    `lanes` says, once the attempt is over, which ones to claim that from.
    """
    work = Work.of(claimed)
    try:
        result = attempt(work)
        transition, following = _settle_patiently(work, result, lanes)
    except LeaseLost:
        logger.warning("Job %s: the lease was lost, nothing is written", claimed.job_id)
        # Not to another worker, perhaps: a database that was away for a lease takes it as well.
        slots.mine().is_unsure = True
        return None
    finally:
        work.close()
    if transition.status is Status.DEAD_LETTER:
        logger.warning("Job %s: %s", claimed.job_id, transition.sentence)
    work.note_end(transition)
    try:
        families.after_move(claimed.job_id, transition.status)
    except DatabaseError:
        if following is None:
            raise
        # The sweep tells them; the job in our hands is not left lying.
        logger.exception("Job %s: those who wait for it were not told", claimed.job_id)
        connection.close()
    return following


def _settle_patiently(
    work: Work, result: Result, lanes: Callable[[], tuple[str, ...]]
) -> tuple[Transition, Claim | None]:
    """What was worked for is not thrown away because the database is being restarted."""
    give_up_at = time.monotonic() + settings.LEASE_S
    mine, traces = slots.mine(), work.traces()
    while True:
        try:
            return settle_and_claim(work.claim, result, traces=traces, lanes=lanes())
        except AWAY:
            if not mine.is_unsure:
                said = "Job %s: the database does not take its end; it tries again"
                logger.warning(said, work.job_id)
            mine.is_unsure = True
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

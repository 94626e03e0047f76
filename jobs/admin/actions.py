"""What may be decided for jobs in the admin, each with its confirmation page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from jobs.models import Job
from jobs.operations import bulk
from videomind import plans
from videomind.admin_site import Action
from videomind.database import clock

PERMISSION: Final = "jobs.change_job"


def _plan_retry(jobs: Sequence[Job]) -> plans.Plan:
    return bulk.plan_retry(jobs, busy=bulk.busy_keys(jobs))


def _plan_retry_by_name(jobs: Sequence[Job]) -> plans.Plan:
    return bulk.plan_retry(jobs, busy=bulk.busy_keys(jobs), by_name=True)


def _attempts(job: Job) -> int:
    """One more with each: a job that was retried and failed again is another decision."""
    return job.lease


RETRY: Final = Action(
    name="retry",
    label="Retry selected",
    moved="retried",
    button="Retry",
    plan=_plan_retry,
    apply=lambda ids, by: bulk.retry(ids),
    permission=PERMISSION,
    version=_attempts,
    explanation=(
        "Each gets a new round of attempts. Permanent failures are left alone here; one that was"
        " repaired is retried from its own page."
    ),
)
RETRY_BY_NAME: Final = Action(
    name="retry-by-name",
    label="Retry",
    moved="retried",
    button="Retry",
    plan=_plan_retry_by_name,
    apply=lambda ids, by: bulk.retry(ids, by_name=True),
    permission=PERMISSION,
    version=_attempts,
    explanation="It gets a new round of attempts, also where the failure counts as permanent.",
    listed=False,
)
CANCEL: Final = Action(
    name="cancel",
    label="Cancel",
    moved="cancelled",
    button="Cancel",
    plan=bulk.plan_cancel,
    apply=lambda ids, by: bulk.cancel(ids),
    permission=PERMISSION,
    explanation=(
        "What runs is stopped within seconds and leaves no partial file. Jobs that only these wait"
        " for are cancelled with them."
    ),
    dangerous=True,
)
RESET: Final = Action(
    name="reset-stuck",
    label="Reset stuck",
    moved="reset",
    button="Reset",
    plan=lambda jobs: bulk.plan_reset(jobs, at=clock.database_now()),
    apply=lambda ids, by: bulk.reset_stuck(ids),
    permission=PERMISSION,
    explanation=(
        "Running jobs whose worker is silent, or that made no progress for too long, end this"
        " attempt and go on by the usual rules of retries."
    ),
)
DEAD_LETTER: Final = Action(
    name="dead-letter",
    label="Move to dead letter",
    moved="moved to dead letter",
    button="Move to dead letter",
    plan=bulk.plan_dead_letter,
    apply=lambda ids, by: bulk.dead_letter(ids, by=by),
    permission=PERMISSION,
    explanation="They are put aside for review and do nothing until somebody retries them.",
    dangerous=True,
)
DECISIONS: Final = (RETRY, CANCEL, RESET, DEAD_LETTER, RETRY_BY_NAME)


def offered(job: Job) -> list[Action]:
    """Those that would move this job now: the buttons on its page."""
    on_page = (RETRY_BY_NAME, CANCEL, RESET, DEAD_LETTER)
    return [each for each in on_page if each.plan([job]).moving]

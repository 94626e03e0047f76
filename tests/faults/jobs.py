"""Jobs as the fault tests make and look at them."""

from __future__ import annotations

from typing import Any

from django.db.models import Count

from jobs import queue
from jobs.models import Attempt, Job
from jobs.states import FINAL, Outcome, Status
from tests.processes import until


def submit(job_type: str, /, *, options: queue.Options = queue.DEFAULTS, **parameters: Any) -> Job:
    return queue.submit(job_type, parameters, options=options).job


def status(job: Job) -> str:
    return str(Job.objects.values_list("status", flat=True).get(pk=job.pk))


def fresh(job: Job) -> Job:
    return Job.objects.get(pk=job.pk)


def until_status(job: Job, *wanted: Status, within_s: float = 60.0) -> Job:
    until(lambda: status(job) in wanted, within_s=within_s, what=f"{job} as {wanted}")
    return fresh(job)


def until_ended(job: Job, *, within_s: float = 60.0) -> Job:
    return until_status(job, *FINAL, within_s=within_s)


def until_all_ended(*, within_s: float = 60.0) -> None:
    until(lambda: not Job.objects.active().exists(), within_s=within_s, what="the end of all jobs")


def completed() -> int:
    return Job.objects.filter(status=Status.COMPLETED).count()


def completed_twice() -> list[int]:
    """Jobs with more than one attempt that counts as the one that completed them."""
    done = Attempt.objects.filter(outcome=Outcome.COMPLETED).values("job_id")
    return list(done.annotate(n=Count("pk")).filter(n__gt=1).values_list("job_id", flat=True))


def spent() -> int:
    """Retries and crashes that anybody paid."""
    return sum(sum(row) for row in Job.objects.values_list("retry_count", "crashes"))

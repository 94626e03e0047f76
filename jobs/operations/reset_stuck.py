"""Resetting stuck and zombie jobs now, with a report of before and after."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypedDict

from jobs.models import Job
from jobs.monitoring import failure_groups
from jobs.recovery import liveness, sweep
from jobs.states import Status
from videomind.database import clock


class Pattern(TypedDict):
    failure_code: str
    message: str
    count: int
    retryable: bool


class State(TypedDict):
    """What an operator asks at night: how many hang, how many failed, and of what."""

    stuck: int
    failed: int
    retryable: int
    permanent: int
    patterns: list[Pattern]


class Report(TypedDict):
    dry_run: bool
    before: State
    after: State
    found: int
    reset: int
    left_alone: list[int]


@dataclass
class Cleanup:
    """One pass: found as it began, then each job ended and sent through its retry policy."""

    dry_run: bool = False
    reset: int = 0
    left_alone: list[int] = field(default_factory=list)

    def run(self) -> Report:
        before, found = state(), candidates()
        if not self.dry_run:
            for job in found:
                self._reset(job)
        return Report(
            dry_run=self.dry_run,
            before=before,
            after=before if self.dry_run else state(),
            found=len(found),
            reset=self.reset,
            left_alone=self.left_alone,
        )

    def _reset(self, job: Job) -> None:
        if sweep.reset(job):
            self.reset += 1
        else:
            # It ended or moved between our look and our hand.
            self.left_alone.append(job.pk)


def candidates() -> list[Job]:
    """Stuck by their kind's time, past their lease or twice their timeout, and zombies."""
    now = clock.database_now()
    lost = [job for job in Job.objects.running() if liveness.is_lost(job, now)]
    zombies = list(Job.objects.filter(status=Status.ZOMBIE))
    return list({job.pk: job for job in [*sweep.stuck(now), *lost, *zombies]}.values())


def state() -> State:
    found = failure_groups.group(failure_groups.failed_jobs())
    retryable = sum(len(each.jobs) for each in found if each.retryable)
    total = sum(len(each.jobs) for each in found)
    return State(
        stuck=len(candidates()),
        failed=total,
        retryable=retryable,
        permanent=total - retryable,
        patterns=[
            Pattern(
                failure_code=each.failure.code,
                message=each.pattern,
                count=len(each.jobs),
                retryable=each.retryable,
            )
            for each in found
        ],
    )

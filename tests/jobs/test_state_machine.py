"""A job's life as Hypothesis plays it: every move is legal, and the row always makes sense."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import Count
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from hypothesis.stateful import run_state_machine_as_test as play

from jobs import claim, holds, lanes, node, queue, recovery, runner, waiting
from jobs.claim import Claim
from jobs.failures import FAILURES
from jobs.models import Attempt, Job, Lane
from jobs.outcomes import (
    Cancelled,
    Completed,
    Failed,
    LeaseLost,
    Released,
    Result,
    Stuck,
    TimedOut,
    WaitForChildren,
)
from jobs.queue import NotPossible, Options
from jobs.settle import settle
from jobs.states import ACTIVE, FINAL, MOVES, RETRYABLE_BY_HAND, Status, WaitFor

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]

NOBODY = 2**22 - 1
ENDS: dict[str, Result] = {
    "completed": Completed("done"),
    "released": Released("the node stops"),
    "cancelled": Cancelled("stopped"),
    "timed out": TimedOut("too long"),
    "stuck": Stuck("no progress"),
    "children": WaitForChildren("listed"),
}
CODES = ("read_timeout", "video_private", "premiere", "bot_check", "internal_error", "disk_full")
names = st.sampled_from("abc")


class JobLife(RuleBasedStateMachine):
    """Three targets, and everything that engine, sweep and people may do to their jobs."""

    def __init__(self) -> None:
        super().__init__()
        self.claims: list[Claim] = []
        self.ended_leases = 0
        self.seen: dict[int, Status] = {}

    # --- people -----------------------------------------------------------------------------------

    @rule(name=names, retries=st.integers(0, 2), later=st.booleans())
    def enqueue(self, name: str, retries: int, later: bool) -> None:
        run_at = timezone.now() + timedelta(hours=1) if later else None
        self.submit(name, Options(max_retries=retries, run_at=run_at))

    @rule(name=names, policy=st.sampled_from(["dead_letter", "cancelled"]))
    def enqueue_after_another(self, name: str, policy: str) -> None:
        needed = Job.objects.order_by("?").exclude(target=name).first()
        if needed is not None:
            self.submit(name, Options(depends_on=(needed.pk,), on_needed_failure=policy))

    def submit(self, name: str, options: Options) -> None:
        made = queue.submit("trial_sleep", {"name": name}, options=options)
        assert made.created or made.job.status in ACTIVE

    @rule(name=names)
    def cancel(self, name: str) -> None:
        job = Job.objects.active().filter(target=name).first()
        if job is not None:
            queue.cancel(job)

    @rule(name=names)
    def retry(self, name: str) -> None:
        job = Job.objects.filter(target=name, status__in=sorted(RETRYABLE_BY_HAND)).first()
        if job is not None:
            with suppress(NotPossible):
                queue.retry(job)

    # --- workers ----------------------------------------------------------------------------------

    @rule()
    def claim(self) -> None:
        claimed = claim.claim()
        if claimed is not None:
            self.claims.append(claimed)

    @precondition(lambda self: self.claims)
    @rule(end=st.sampled_from(sorted(ENDS)))
    def end(self, end: str) -> None:
        self.settle(ENDS[end])

    @precondition(lambda self: self.claims)
    @rule(code=st.sampled_from(CODES))
    def fail(self, code: str) -> None:
        assert code in FAILURES
        self.settle(Failed(code, "as the machine says"))

    def settle(self, result: Result) -> None:
        """The oldest claim, whose lease may be lost by now."""
        claimed = self.claims.pop(0)
        with suppress(LeaseLost):
            ending = settle(claimed, result)
            if ending.status is Status.WAITING:
                waiting.finish(claimed.job_id)
            if ending.status is Status.CANCELLED:
                queue.cancel_children(claimed.job_id)
            if ending.status not in (Status.PENDING, Status.RETRYING):
                waiting.let_go_on(claimed.job_id)

    # --- the supervisor, and time ------------------------------------------------------------------

    @rule(elsewhere=st.booleans(), overdue=st.booleans())
    def lose(self, elsewhere: bool, overdue: bool) -> None:
        """The worker of every running job dies, here or with its host."""
        host = "elsewhere" if elsewhere else node.host_name()
        silent = timezone.now() - timedelta(hours=1)
        columns = {"attempt_started_at": silent - timedelta(hours=1)} if overdue else {}
        Job.objects.running().update(
            host=host, pid=NOBODY, pid_started_at=1.0, heartbeat_at=silent, **columns
        )

    @rule()
    def sweep(self) -> None:
        recovery.sweep()

    @rule()
    def let_time_pass(self) -> None:
        past = timezone.now() - timedelta(seconds=1)
        Job.objects.filter(status=Status.RETRYING).update(next_retry_at=past)
        Job.objects.filter(status=Status.WAITING, wait_for=WaitFor.TIME).update(run_at=past)
        Lane.objects.exclude(next_probe_at=None).update(next_probe_at=past)
        recovery.promote()
        holds.look()

    @rule()
    def stop_the_node(self) -> None:
        for job in Job.objects.running():
            recovery.end_attempt(job, Released("The node was stopped."))

    # --- what always holds -------------------------------------------------------------------------

    @invariant()
    def every_move_is_legal(self) -> None:
        now = {pk: Status(status) for pk, status in Job.objects.values_list("pk", "status")}
        for pk, status in now.items():
            before = self.seen.get(pk, Status.PENDING)
            assert status == before or status in reachable(before), f"{before} → {status}"
        self.seen = now

    @invariant()
    def a_target_has_one_active_job(self) -> None:
        twice = Job.objects.active().values("unique_key").annotate(n=Count("pk")).filter(n__gt=1)
        assert not twice.exists()

    @invariant()
    def every_lease_that_ended_has_one_row(self) -> None:
        for job in Job.objects.all():
            held = job.status in (Status.RUNNING, Status.ZOMBIE)
            leases = list(job.attempts.values_list("lease", flat=True))
            assert sorted(leases) == list(range(1, job.lease + 1 - held)), job.status

    @invariant()
    def who_is_held_has_a_heartbeat_and_nobody_else(self) -> None:
        for job in Job.objects.all():
            held = job.status in (Status.RUNNING, Status.ZOMBIE)
            assert held == (job.heartbeat_at is not None) == bool(job.worker_id), job.status

    @invariant()
    def what_is_final_has_an_end(self) -> None:
        for job in Job.objects.all():
            assert (job.status in FINAL) == (job.completed_at is not None), job.status
            assert (job.status == Status.DEAD_LETTER) <= bool(job.dead_letter_reason)
            assert (job.status == Status.WAITING) == bool(job.wait_for), job.status
            assert (job.status == Status.RETRYING) <= (job.next_retry_at is not None)

    @invariant()
    def nothing_waits_for_what_has_ended_after_a_sweep(self) -> None:
        assert Attempt.objects.count() == sum(
            job.lease - (job.status in (Status.RUNNING, Status.ZOMBIE)) for job in Job.objects.all()
        )


def reachable(status: Status) -> set[Status]:
    """By one move, or by several in a row: one rule may make a few."""
    found, new = set(MOVES[status]), set(MOVES[status])
    while new:
        new = {after for each in new for after in MOVES[each]} - found
        found |= new
    return found

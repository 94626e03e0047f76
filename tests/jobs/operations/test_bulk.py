"""One decision for many jobs: what the plan says, and that applying does no more."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from jobs import queue
from jobs.models import Attempt, Job, Link
from jobs.operations import bulk
from jobs.queue import refusals
from jobs.states import Status
from videomind import plans

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def job(status: str, **fields: object) -> Job:
    values = {"job_type": "trial_sleep", "lane": "trial", "status": status} | fields
    return Job.objects.create(**values)


RETRYING = [
    ("failed", {"failure_code": "connection_reset"}, ""),
    ("timeout", {"failure_code": "timed_out"}, ""),
    ("dead_letter", {"failure_code": "read_timeout"}, ""),
    ("cancelled", {}, ""),
    ("cancelled", {"failure_code": "video_private"}, ""),
    ("dead_letter", {"failure_code": "video_private"}, "permanent failure"),
    ("dead_letter", {"failure_code": "youtube_blocked"}, "permanent failure"),
    ("failed", {"failure_code": "stuck", "ignored": True}, "ignored for ever"),
    ("failed", {"failure_code": "stuck", "rounds": 3}, "3 rounds are used up"),
    ("completed", {}, "completed"),
    ("pending", {}, "already active"),
    ("running", {}, "already active"),
    ("waiting", {}, "already active"),
]


@pytest.mark.parametrize(("status", "fields", "reason"), RETRYING)
def test_who_is_retried_in_bulk(status: str, fields: dict[str, object], reason: str) -> None:
    row = Job(pk=1, status=status, **fields)
    plan = bulk.plan_retry([row], busy=())
    assert plan == (plans.Plan(staying=((1, reason),)) if reason else plans.Plan(moving=(1,)))


@pytest.mark.parametrize(("status", "fields", "reason"), RETRYING)
def test_by_name_only_the_state_counts(status: str, fields: dict[str, object], reason: str) -> None:
    plan = bulk.plan_retry([Job(pk=1, status=status, **fields)], busy=(), by_name=True)
    assert bool(plan.moving) is (reason not in {"completed", "already active"})


def test_of_two_for_one_target_one_moves() -> None:
    rows = [Job(pk=pk, status="cancelled", unique_key="a") for pk in (1, 2)]
    plan = bulk.plan_retry(rows, busy=())
    assert plan.moving == (1,)
    assert plan.reasons == [("another job works on the same target", 1)]
    assert bulk.plan_retry(rows, busy={"a"}).moving == ()


@pytest.mark.parametrize(
    ("status", "fields", "reason"),
    [
        ("pending", {}, ""),
        ("retrying", {}, ""),
        ("waiting", {"wait_for": "time"}, ""),
        ("failed", {}, ""),
        ("timeout", {}, ""),
        ("waiting", {"wait_for": "children"}, "it waits for its own jobs; cancel it instead"),
        ("running", {}, "running; cancel it or reset it first"),
        ("dead_letter", {}, "a dead letter already"),
        ("completed", {}, "already ended"),
        ("cancelled", {}, "already ended"),
    ],
)
def test_who_is_moved_to_dead_letter(status: str, fields: dict[str, object], reason: str) -> None:
    plan = bulk.plan_dead_letter([Job(pk=1, status=status, **fields)])
    assert (plan.staying[0][1] if plan.staying else "") == reason


def test_a_moved_job_says_who_moved_it_and_can_come_back() -> None:
    row = job("retrying", next_retry_at=timezone.now())
    assert bulk.dead_letter([row.pk], by="olga").moved == [row.pk]
    row.refresh_from_db()
    assert (row.status, row.next_retry_at) == (Status.DEAD_LETTER, None)
    assert row.dead_letter_reason == "Moved here by olga."
    assert bulk.retry([row.pk]).moved == [row.pk]


def test_a_parent_hears_that_its_last_child_was_put_aside() -> None:
    parent, child = job("waiting", wait_for="children"), job("retrying")
    Link.objects.create(waiter=parent, needed=child)
    bulk.dead_letter([child.pk], by="olga")
    parent.refresh_from_db()
    assert parent.status == Status.FAILED


def test_what_changed_after_the_page_is_left_alone_and_counted() -> None:
    rows = [job("failed", failure_code="stuck") for _ in range(3)]
    Job.objects.filter(pk=rows[0].pk).update(status="pending")
    Job.objects.filter(pk=rows[1].pk).delete()
    done = bulk.retry(row.pk for row in rows)
    assert done.moved == [rows[2].pk]
    assert done.staying == {"already active": 1, plans.REMOVED: 1}


def test_a_move_that_loses_the_race_is_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    row = job("failed", failure_code="stuck")
    real: Callable[..., Job] = queue.retry

    def late(job: Job) -> Job:
        Job.objects.filter(pk=job.pk).update(status="cancelled")
        return real(job)

    monkeypatch.setattr(queue, "retry", late)
    done = bulk.retry([row.pk])
    assert done.moved == []
    assert done.staying == {plans.CHANGED: 1}


def test_what_failed_anew_after_it_was_looked_at_is_not_retried_for_its_old_failure() -> None:
    row = job("dead_letter", failure_code="read_timeout")
    for anew in ({"rounds": 2}, {"lease": 1}):
        Job.objects.filter(pk=row.pk).update(failure_code="video_private", **anew)
        with pytest.raises(refusals.NotPossible, match="has just changed"):
            queue.retry(row)
        row.refresh_from_db()
        assert row.status == "dead_letter"


def test_cancel_takes_what_is_active() -> None:
    rows = [job("pending"), job("running"), job("completed"), job("zombie")]
    done = bulk.cancel(row.pk for row in rows)
    assert done.moved == [rows[0].pk, rows[1].pk, rows[3].pk]
    assert done.staying == {"already ended": 1}
    assert bulk.plan_cancel(list(Job.objects.filter(pk=rows[1].pk))).reasons == [
        ("already being cancelled", 1)
    ]


# --- stuck ----------------------------------------------------------------------------------------


def running(*, silent: float = 0, idle: float = 0, since: float = 0) -> Job:
    now = timezone.now()
    return job(
        "running",
        lease=1,
        attempt_number=1,
        attempt_started_at=now - timedelta(seconds=since or idle),
        heartbeat_at=now - timedelta(seconds=silent),
        progress_at=now - timedelta(seconds=idle),
        timeout_seconds=1000,
        worker_id="elsewhere/1",
        host="elsewhere",
        pid=1,
    )


def test_the_ways_to_be_stuck() -> None:
    now = timezone.now()
    assert bulk.why_stuck(running(), at=now) == ""
    assert "no sign of life" in bulk.why_stuck(running(silent=settings.LEASE_S + 5), at=now)
    assert "no progress" in bulk.why_stuck(running(idle=121), at=now)
    assert "twice as long" in bulk.why_stuck(running(since=2001), at=now)
    assert "not yet known" in bulk.why_stuck(job("zombie"), at=now)
    assert bulk.why_stuck(job("pending"), at=now) == ""


def test_reset_ends_the_attempt_and_the_usual_rules_go_on() -> None:
    silent, idle, fine = running(silent=99), running(idle=500), running()
    done = bulk.reset_stuck([silent.pk, idle.pk, fine.pk])
    assert done.moved == [silent.pk, idle.pk]
    assert done.staying == {"it makes progress": 1}
    outcomes = dict(Attempt.objects.values_list("job_id", "outcome"))
    assert outcomes == {silent.pk: "worker_lost", idle.pk: "stuck"}
    assert set(Job.objects.filter(pk__in=done.moved).values_list("status", flat=True)) == {
        "retrying"
    }
    assert Job.objects.get(pk=fine.pk).status == "running"

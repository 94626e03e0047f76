"""The door: what may come in, once, and with which parameters."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from jobs import queue
from jobs.execution import claim
from jobs.models import Job, Link
from jobs.progress import Progress
from jobs.queue import Options, removal
from jobs.queue.refusals import AlreadyActive, BeingCancelled, InvalidJob, NotPossible
from jobs.states import Status, WaitFor
from tests.jobs.conftest import Submit
from tests.working import link

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def test_a_new_job_is_pending_with_the_times_of_its_kind(submit: Submit) -> None:
    job = Job.objects.get(pk=submit("trial_sleep", name="a", seconds=0.1).pk)
    assert (job.status, job.lane, job.timeout_seconds) == (Status.PENDING, "trial", 120)
    assert job.parameters == {"name": "a", "seconds": 0.1}
    assert job.max_retries == 3


def test_the_same_request_again_is_answered_with_the_same_job() -> None:
    first = queue.submit("trial_sleep", {"name": "a"})
    again = queue.submit("trial_sleep", {"name": "a"})
    assert first.created
    assert not again.created
    assert again.job.pk == first.job.pk


def test_other_parameters_for_a_busy_target_are_refused_with_its_job(submit: Submit) -> None:
    job = submit("trial_sleep", name="a", seconds=1)
    with pytest.raises(AlreadyActive) as refused:
        queue.submit("trial_sleep", {"name": "a", "seconds": 2})
    assert refused.value.job.pk == job.pk
    assert Job.objects.count() == 1


def test_a_job_that_is_being_cancelled_is_no_answer(submit: Submit) -> None:
    job = submit("trial_sleep", name="a")
    claim.claim()
    queue.cancel(job)
    with pytest.raises(BeingCancelled, match=f"^Job {job.pk} .* is just being cancelled"):
        queue.submit("trial_sleep", {"name": "a"})
    assert Job.objects.count() == 1


def test_a_retry_starts_its_progress_anew(submit: Submit) -> None:
    job = submit("trial_sleep", name="a")
    Job.objects.update(status="failed", **Progress(5, 9, "Half", speed=3, left_s=2).columns())
    job.refresh_from_db()
    assert job.percent == 55.6
    assert queue.retry(job).percent is None
    job.refresh_from_db()
    assert job.progress == Progress()


def test_a_conflict_leaves_the_callers_transaction_alive(submit: Submit) -> None:
    submit("trial_sleep", name="a")
    with transaction.atomic():
        assert not queue.submit("trial_sleep", {"name": "a"}).created
        submit("trial_sleep", name="b")
    assert Job.objects.count() == 2


def test_a_target_is_free_again_when_its_job_has_ended(submit: Submit) -> None:
    job = submit("trial_sleep", name="a")
    queue.cancel(job)
    assert queue.submit("trial_sleep", {"name": "a"}).created


def test_jobs_without_a_target_are_never_one(submit: Submit) -> None:
    assert submit("noop").pk != submit("noop").pk


@pytest.mark.django_db(transaction=True)
def test_enqueueing_is_part_of_the_callers_transaction(submit: Submit) -> None:
    with contextlib.suppress(RuntimeError), transaction.atomic():
        submit("noop")
        raise RuntimeError("changed my mind")
    assert not Job.objects.exists()


def test_a_later_job_waits_for_its_time(submit: Submit) -> None:
    at = timezone.now() + timedelta(hours=1)
    job = submit("noop", options=Options(run_at=at))
    assert (job.status, job.wait_for) == (Status.WAITING, WaitFor.TIME)


@pytest.mark.parametrize(
    ("job_type", "parameters", "field", "code"),
    [
        ("no_such_type", {}, "job_type", "unknown_job_type"),
        ("noop", {"colour": "red"}, "colour", "unknown_field"),
        ("trial_sleep", {"seconds": "5"}, "seconds", "wrong_type"),
        ("trial_sleep", {"times": True}, "times", "wrong_type"),
        ("trial_sleep", {"times": 1.5}, "times", "wrong_type"),
        ("trial_sleep", {"name": ["a"]}, "name", "wrong_type"),
        ("noop", {"name": "x" * 101}, "name", "max_length"),
    ],
)
def test_bad_parameters_are_named_and_leave_no_row(
    job_type: str, parameters: dict[str, object], field: str, code: str
) -> None:
    with pytest.raises(InvalidJob) as refused:
        queue.submit(job_type, parameters)
    assert [(each["field"], each["code"]) for each in refused.value.errors] == [(field, code)]
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    ("options", "field"),
    [
        (Options(priority=7), "priority"),
        (Options(max_retries=-1), "max_retries"),
        (Options(max_retries=21), "max_retries"),
        (Options(timeout_seconds=0), "timeout_seconds"),
        (Options(timeout_seconds=6 * 3600 + 1), "timeout_seconds"),
    ],
)
def test_options_are_bounded(options: Options, field: str) -> None:
    with pytest.raises(InvalidJob) as refused:
        queue.submit("noop", {}, options=options)
    assert [each["field"] for each in refused.value.errors] == [field]


def test_a_pending_job_is_cancelled_at_once(submit: Submit) -> None:
    job = queue.cancel(submit("noop"))
    assert job.status == Status.CANCELLED
    assert job.completed_at


def test_what_has_ended_cannot_be_cancelled(submit: Submit) -> None:
    job = queue.cancel(submit("noop"))
    with pytest.raises(NotPossible, match="is cancelled; only an active job"):
        queue.cancel(job)


def test_cancelling_a_parent_spares_a_child_that_another_needs(submit: Submit) -> None:
    one, two = submit("noop", name="one"), submit("noop", name="two")
    asked = Options(parent_id=one.pk)
    shared, own = (submit("noop", name=name, options=asked) for name in ("shared", "own"))
    for parent, child in ((one, shared), (one, own), (two, shared)):
        link(parent.pk, child.pk)
    Job.objects.filter(pk__in=[one.pk, two.pk]).update(
        status=Status.WAITING, wait_for=WaitFor.CHILDREN
    )
    queue.cancel(one)
    shared.refresh_from_db()
    own.refresh_from_db()
    assert (shared.status, own.status) == (Status.PENDING, Status.CANCELLED)


def test_a_link_is_made_once(submit: Submit) -> None:
    one, two = submit("noop"), submit("noop")
    link(one.pk, two.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        Link.objects.create(waiter=one, needed=two)


def test_an_active_job_is_not_removed(submit: Submit) -> None:
    job = submit("noop")
    with pytest.raises(NotPossible, match="cancel it before"):
        removal.remove(job)
    assert Job.objects.filter(pk=job.pk).exists()


def test_many_jobs_go_in_at_once_without_those_whose_target_is_busy(submit: Submit) -> None:
    submit("trial_sleep", name="busy")
    found = queue.kind_or_refuse("trial_sleep")
    jobs = []
    for name in ("busy", "free", "other"):
        form = found.form_class({"name": name})
        assert form.is_valid()
        jobs.append(queue.build(found, form))
    assert queue.enqueue_many(jobs) == 2
    assert Job.objects.count() == 3


def test_a_parent_whose_target_is_busy_cannot_be_retried(submit: Submit) -> None:
    parent = submit("trial_sleep", name="channel")
    Job.objects.filter(pk=parent.pk).update(status=Status.FAILED, failure_code="children_failed")
    submit("trial_sleep", name="channel")
    parent.refresh_from_db()
    with pytest.raises(NotPossible, match="already works on the same target"):
        queue.retry(parent)


def test_cancelling_a_channel_spares_a_job_that_a_person_asked_for(submit: Submit) -> None:
    annas = submit("noop", name="anna's")
    channel = submit("noop", name="channel")
    own = submit("noop", name="own", options=Options(parent_id=channel.pk))
    for child in (annas, own):
        link(channel.pk, child.pk)
    queue.cancel(channel)
    annas.refresh_from_db()
    own.refresh_from_db()
    assert (annas.status, own.status) == (Status.PENDING, Status.CANCELLED)


def test_removing_the_last_failed_child_heals_its_parent(submit: Submit) -> None:
    parent, good, bad = submit("noop"), submit("noop"), submit("noop")
    link(parent.pk, good.pk)
    link(parent.pk, bad.pk)
    Job.objects.filter(pk=good.pk).update(status=Status.COMPLETED)
    Job.objects.filter(pk=bad.pk).update(status=Status.DEAD_LETTER)
    Job.objects.filter(pk=parent.pk).update(status=Status.FAILED, failure_code="children_failed")
    bad.refresh_from_db()
    removal.remove(bad)
    parent.refresh_from_db()
    assert parent.status == Status.COMPLETED


def parent_with_failed(*children: Job) -> Job:
    parent = Job.objects.create(
        job_type="trial_sleep", lane="trial", status=Status.FAILED, failure_code="children_failed"
    )
    for child in children:
        link(parent.pk, child.pk)
        Job.objects.filter(pk=child.pk).update(status=Status.FAILED, failure_code="stuck")
    return parent


def test_a_parent_with_other_parameters_lists_again_also_after_a_cancel(submit: Submit) -> None:
    parent = parent_with_failed(submit("noop"))
    queue.retry(parent, parameters={"seconds": 1.0})
    assert (parent.status, parent.failure_code) == (Status.PENDING, "")
    queue.cancel(parent)
    assert queue.retry(parent).status == Status.PENDING
    assert parent.parameters == {"seconds": 1.0}


def test_a_retried_parent_leaves_alone_what_is_ignored_for_ever(submit: Submit) -> None:
    ignored, other = submit("noop"), submit("noop")
    parent = parent_with_failed(ignored, other)
    Job.objects.filter(pk=ignored.pk).update(ignored=True)
    assert queue.retry(parent).status == Status.WAITING
    ignored.refresh_from_db()
    other.refresh_from_db()
    assert (ignored.status, other.status) == (Status.FAILED, Status.PENDING)


def test_another_priority_keeps_what_a_job_has_waited_since_its_last_retry(submit: Submit) -> None:
    old = submit("trial_sleep", name="old")
    long_ago = timezone.now() - timedelta(days=2)
    Job.objects.filter(pk=old.pk).update(status=Status.FAILED, created_at=long_ago)
    old.refresh_from_db()
    queue.retry(old)
    queue.set_priority(old, 0)
    before, priority = old.rank, old.priority
    old.refresh_from_db()
    assert (old.priority, old.rank) == (0, before + 600 * priority)
    queue.set_priority(old, priority)
    old.refresh_from_db()
    assert old.rank == before


def test_a_title_that_postgresql_cannot_hold_spoils_no_batch() -> None:
    @dataclass(frozen=True)
    class Found:
        title: str
        target: str
        parameters: dict[str, Any] = field(default_factory=dict)

    found = queue.kind_or_refuse("noop")
    titles = "Soup\0", "\0"
    jobs = [queue.build(found, Found(title, f"{n}")) for n, title in enumerate(titles)]
    assert queue.enqueue_many(jobs) == 2
    assert Job.objects.filter(title="Soup").exists()

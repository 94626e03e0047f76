"""A job that depends on others starts when all completed, and ends with the first that did not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from jobs import queue
from jobs.models import Job
from jobs.queue import Options, removal
from jobs.queue.refusals import InvalidJob, NotPossible
from jobs.recovery import promotion, sweep
from jobs.states import Status, WaitFor
from tests.jobs.conftest import Submit
from tests.working import link

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]
RunAll = Callable[[], int]


def after(submit: Submit, *needed: Job, on_failure: str = "dead_letter") -> Job:
    ids = tuple(job.pk for job in needed)
    return submit("noop", options=Options(depends_on=ids, on_needed_failure=on_failure))


def fresh(job: Job) -> Job:
    return Job.objects.get(pk=job.pk)


def test_it_waits_until_all_completed(submit: Submit, run_all: RunAll) -> None:
    one, two = submit("noop"), submit("trial_fail", name="b", code="read_timeout", times=1)
    job = after(submit, one, two)
    assert (job.status, job.wait_for) == (Status.WAITING, WaitFor.JOBS)
    run_all()
    assert fresh(job).status == Status.WAITING
    Job.objects.filter(pk=two.pk).update(next_retry_at=timezone.now() - timedelta(seconds=1))
    promotion.promote()
    run_all()
    assert fresh(job).status == Status.COMPLETED


def test_what_it_needs_may_have_completed_already(submit: Submit, run_all: RunAll) -> None:
    needed = submit("noop")
    run_all()
    assert after(submit, needed).status == Status.PENDING


@pytest.mark.parametrize(
    ("policy", "status"),
    [("dead_letter", Status.DEAD_LETTER), ("cancelled", Status.CANCELLED)],
)
def test_it_ends_with_a_job_it_needs(
    submit: Submit, run_all: RunAll, policy: str, status: Status
) -> None:
    needed = submit("trial_fail", name="a", code="video_private")
    job = after(submit, needed, on_failure=policy)
    last = after(submit, job)
    run_all()
    assert (fresh(job).status, fresh(job).failure_code) == (status, "needed_job_failed")
    assert fresh(last).status == Status.DEAD_LETTER
    assert f"job it needs, {job.pk}" in fresh(last).dead_letter_reason


def test_a_cancelled_need_is_a_failed_need(submit: Submit) -> None:
    needed = submit("noop")
    job = after(submit, needed)
    queue.cancel(needed)
    assert fresh(job).status == Status.DEAD_LETTER


def test_an_unknown_need_is_refused_and_leaves_no_row() -> None:
    with pytest.raises(InvalidJob, match="No job 12345"):
        queue.submit("noop", {}, options=Options(depends_on=(12345,)))
    assert not Job.objects.exists()


def test_a_later_time_still_holds_when_the_needs_are_met(submit: Submit, run_all: RunAll) -> None:
    needed = submit("noop")
    later = timezone.now() + timedelta(hours=1)
    job = submit("noop", options=Options(depends_on=(needed.pk,), run_at=later))
    run_all()
    assert (fresh(job).status, fresh(job).wait_for) == (Status.WAITING, WaitFor.TIME)


def test_the_sweep_finds_a_dependent_that_nobody_told(submit: Submit) -> None:
    needed = submit("noop")
    job = after(submit, needed)
    Job.objects.filter(pk=needed.pk).update(status=Status.COMPLETED)
    sweep.sweep()
    assert fresh(job).status == Status.PENDING


def test_a_retried_dependent_waits_again_for_what_it_needs(submit: Submit, run_all: RunAll) -> None:
    needed = submit("trial_fail", name="a", code="video_private")
    job = after(submit, needed)
    run_all()
    Job.objects.filter(pk=needed.pk).update(parameters={"name": "a", "code": "x", "times": 0})
    queue.retry(fresh(needed))
    assert queue.retry(fresh(job)).status == Status.WAITING
    run_all()
    assert fresh(job).status == Status.COMPLETED


def test_a_parent_does_not_wait_for_a_child_that_waits_for_it(
    submit: Submit, run_all: RunAll
) -> None:
    """A video that was asked for "after the channel", and which that channel's listing finds."""
    parent = submit("noop", name="channel")
    child = after(submit, parent)
    link(parent.pk, child.pk)
    Job.objects.filter(pk=parent.pk).update(status=Status.WAITING, wait_for=WaitFor.CHILDREN)
    sweep.sweep()
    assert (fresh(parent).status, fresh(child).status) == (Status.COMPLETED, Status.PENDING)
    run_all()
    assert fresh(child).status == Status.COMPLETED


def test_what_waited_for_a_removed_job_goes_on_though_its_remover_died(submit: Submit) -> None:
    needed = submit("trial_fail", name="a", code="video_private")
    job = after(submit, needed)
    Job.objects.filter(pk=needed.pk).delete()
    sweep.sweep()
    assert fresh(job).status == Status.PENDING


def test_what_did_not_complete_is_not_removed_while_an_active_job_depends_on_it(
    submit: Submit, run_all: RunAll
) -> None:
    needed = submit("trial_fail", name="a", code="video_private")
    job = after(submit, needed)
    run_all()
    queue.retry(fresh(job))
    said = f"Job {job.pk} depends on job {needed.pk}, which is dead_letter"
    with pytest.raises(NotPossible, match=said):
        removal.remove(fresh(needed))
    assert fresh(job).status == Status.WAITING
    queue.cancel(fresh(job))
    removal.remove(fresh(needed))
    assert not Job.objects.filter(pk=needed.pk).exists()


def test_what_completed_is_removed_though_a_job_that_still_waits_depends_on_it(
    submit: Submit, run_all: RunAll
) -> None:
    done, later = submit("noop", name="done"), timezone.now() + timedelta(hours=1)
    open_one = submit("noop", name="open", options=Options(run_at=later))
    job = after(submit, done, open_one)
    run_all()
    removal.remove(fresh(done))
    assert fresh(job).status == Status.WAITING


@pytest.mark.parametrize("ending", ["with its need", "cancelled before"])
def test_a_job_whose_need_was_removed_before_it_completed_is_not_retried(
    submit: Submit, run_all: RunAll, ending: str
) -> None:
    """Old failures are removed one by one, and nobody looks who depended on them."""
    good, needed = submit("noop"), submit("trial_fail", name="a", code="video_private")
    job = after(submit, good, needed)
    if ending == "cancelled before":
        queue.cancel(job)
    run_all()
    removal.remove(fresh(needed))
    said = f"Job {needed.pk}, which it needs, was removed before it completed."
    assert fresh(job).error_message == said
    with pytest.raises(NotPossible, match=f"^Job {job.pk} ended with a job it needs, and that one"):
        queue.retry(fresh(job))
    assert fresh(job).status in {Status.DEAD_LETTER, Status.CANCELLED}
    removal.remove(fresh(job))


def test_a_parent_is_retried_without_a_child_that_can_never_start(
    submit: Submit, run_all: RunAll
) -> None:
    needed, parent = submit("trial_fail", name="a", code="video_private"), submit("noop")
    child, other = after(submit, needed), submit("noop")
    for each in (child, other):
        link(parent.pk, each.pk)
    run_all()
    removal.remove(fresh(needed))
    Job.objects.filter(pk__in=[parent.pk, other.pk]).update(
        status=Status.FAILED, failure_code="children_failed"
    )
    queue.retry(fresh(parent))
    assert (fresh(child).status, fresh(other).status) == (Status.DEAD_LETTER, Status.PENDING)


def test_a_job_whose_repaired_need_is_removed_is_retried_whatever_failed_once(
    submit: Submit, run_all: RunAll
) -> None:
    needed = submit("trial_fail", name="a", code="video_private")
    job = after(submit, needed)
    run_all()
    queue.retry(fresh(job))
    Job.objects.filter(pk=needed.pk).update(status=Status.COMPLETED)
    sweep.sweep()
    assert (fresh(job).status, fresh(job).failure_code) == (Status.PENDING, "")
    queue.cancel(fresh(job))
    removal.remove(fresh(needed))
    assert queue.retry(fresh(job)).status == Status.PENDING

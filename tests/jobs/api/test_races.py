"""Requests that come at once for one job: each is answered, and none with a 500."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from threading import Barrier, Thread

import pytest
from django.db import connection, transaction
from django.utils import timezone

from jobs import queue
from jobs.models import Job, Link
from jobs.queue import Options, dependencies, removal
from jobs.queue.refusals import InvalidJob, NotPossible, Removed
from jobs.states import Status
from tests.jobs.conftest import Submit
from tests.videomind.calling import Script, assert_problem

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]
Order = tuple[str, str, object]


def failed(submit: Submit, name: str = "a") -> Job:
    job = submit("noop", name=name)
    Job.objects.filter(pk=job.pk).update(
        status=Status.DEAD_LETTER, failure_code="video_private", completed_at=timezone.now()
    )
    return Job.objects.get(pk=job.pk)


def at_once(orders: list[Order]) -> Counter[int]:
    """How often each status was answered to these requests, sent together."""
    secret, statuses, start = Script().secret, [], Barrier(len(orders))

    def send(order: Order) -> None:
        method, path, body = order
        try:
            script = Script(secret=secret)
            start.wait()
            statuses.append(script.send(method, path, body=body).status_code)
        finally:
            connection.close()

    threads = [Thread(target=send, args=(order,)) for order in orders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(statuses) == len(orders)
    return Counter(statuses)


def test_of_many_removals_at_once_one_removes_and_the_others_find_nothing(submit: Submit) -> None:
    job = failed(submit)
    assert at_once([("DELETE", f"/api/jobs/{job.pk}", None)] * 8) == {204: 1, 404: 7}
    assert not Job.objects.exists()


def test_whatever_comes_at_once_for_one_job_is_answered_without_a_500(submit: Submit) -> None:
    for i in range(3):
        path = f"/api/jobs/{failed(submit, f'a{i}').pk}"
        statuses = at_once(
            [
                ("DELETE", path, None),
                ("POST", f"{path}/retry", None),
                ("POST", f"{path}/cancel", None),
                ("PATCH", path, {"priority": 10}),
                ("GET", path, None),
            ]
            * 2
        )
        assert set(statuses) <= {200, 202, 204, 404, 409}, statuses


def test_to_depend_on_a_job_that_is_just_removed_is_refused_or_done(submit: Submit) -> None:
    needed = failed(submit)
    body = {"job_type": "noop", "parameters": {}, "depends_on": [needed.pk]}
    creations: list[Order] = [("POST", "/api/jobs", body)] * 6
    removals: list[Order] = [("DELETE", f"/api/jobs/{needed.pk}", None)] * 3
    statuses = at_once([*creations, *removals])
    assert set(statuses) <= {201, 204, 400, 404, 409}, statuses
    assert statuses[201] + statuses[400] == len(creations)


@pytest.mark.parametrize("act", [queue.cancel, removal.remove])
def test_a_job_that_was_removed_after_one_looked_is_said_to_be_gone(
    submit: Submit, act: Callable[[Job], object]
) -> None:
    job = failed(submit)
    Job.objects.filter(pk=job.pk).delete()
    with pytest.raises(Removed, match=f"no job {job.pk} any more"):
        act(job)


def test_a_job_that_was_removed_after_one_looked_is_not_retried(submit: Submit) -> None:
    job = failed(submit)
    Job.objects.filter(pk=job.pk).delete()
    with pytest.raises(NotPossible, match=f"Job {job.pk} has just changed"):
        queue.retry(job)


def test_a_removal_that_comes_second_is_a_404(
    submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = failed(submit)

    def too_late(job: Job) -> None:
        raise Removed(job)

    monkeypatch.setattr(removal, "remove", too_late)
    problem = assert_problem(Script().send("DELETE", f"/api/jobs/{job.pk}"), 404)
    assert problem["code"] == "not_found"


def test_a_need_that_vanishes_after_the_check_is_an_unknown_job_and_leaves_no_row(
    submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    needed = failed(submit)
    real = dependencies.unknown

    def look_then_lose(depends_on: tuple[int, ...]) -> object:
        found = real(depends_on)
        removal.remove(needed)
        return found

    monkeypatch.setattr(dependencies, "unknown", look_then_lose)
    with pytest.raises(InvalidJob) as refused:
        queue.submit("noop", {}, options=Options(depends_on=(needed.pk,)))
    assert [each["code"] for each in refused.value.errors] == ["unknown_job"]
    assert not Job.objects.exists()


def test_a_removal_waits_for_a_retry_that_needs_the_job_and_is_then_refused(
    submit: Submit,
) -> None:
    needed, job = failed(submit, "needed"), failed(submit, "job")
    Link.objects.create(waiter=job, needed=needed, role=Link.Role.DEPENDENCY)
    refused: list[str] = []

    def remove() -> None:
        try:
            removal.remove(needed)
        except NotPossible as error:
            refused.append(str(error))
        finally:
            connection.close()

    other = Thread(target=remove)
    with transaction.atomic():
        queue.retry(job)
        other.start()
        other.join(0.3)
        assert other.is_alive(), "it did not wait"
    other.join()
    assert [f"Job {job.pk} depends on job {needed.pk}" in each for each in refused] == [True]
    assert Job.objects.get(pk=job.pk).status == Status.WAITING

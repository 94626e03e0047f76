"""Which job comes next: by rank within its lane, within the lane's limit, once."""

from __future__ import annotations

import pytest
from django.db import connection, transaction

from jobs import queue
from jobs.execution import claim
from jobs.lanes import limits, probes
from jobs.models import Job, Lane, Priority
from jobs.queue import Options
from jobs.states import Status
from tests.jobs.conftest import Submit
from tests.jobs.lanes.holding import at_once, let_time_pass, open_hold
from videomind.database import locks

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]


def names() -> list[str]:
    """Claims until nothing is due."""
    taken = []
    while claimed := claim.claim():
        taken.append(str(claimed.parameters.get("name")))
    return taken


def test_an_empty_queue_has_nothing_to_claim() -> None:
    assert claim.claim() is None
    assert claim.due_count(at_most=5) == 0


def test_a_claim_counts_the_attempt_and_takes_a_lease(submit: Submit) -> None:
    job = submit("noop", name="a")
    claimed = claim.claim()
    assert claimed is not None
    job.refresh_from_db()
    assert (claimed.job_id, claimed.lease, claimed.attempt_number) == (job.pk, 1, 1)
    assert (job.status, job.lease, job.attempt_number) == (Status.RUNNING, 1, 1)
    assert job.heartbeat_at == job.attempt_started_at == claimed.attempt_started_at
    assert job.worker_id == claimed.worker_id


def test_a_job_is_claimed_once(submit: Submit) -> None:
    submit("noop")
    assert claim.claim()
    assert claim.claim() is None


def test_older_first_and_ten_minutes_are_worth_one_point(submit: Submit) -> None:
    for name, priority, age_s in (
        ("old", Priority.NORMAL, 30),
        ("new", Priority.NORMAL, 0),
        ("urgent", Priority.URGENT, 0),
        ("waited", Priority.LOW, 51 * 60),
    ):
        job = submit("noop", name=name, options=Options(priority=priority))
        Job.objects.filter(pk=job.pk).update(rank=job.rank - age_s)
    assert names() == ["urgent", "waited", "old", "new"]


def test_a_raised_priority_changes_the_order(submit: Submit) -> None:
    submit("noop", name="first")
    second = submit("noop", name="second")
    queue.set_priority(second, Priority.HIGH)
    assert names() == ["second", "first"]


def test_a_lane_lets_no_more_run_than_its_limit(submit: Submit) -> None:
    for name in "abc":
        submit("trial_narrow", name=name)
    assert names() == ["a"]
    assert claim.due_count(at_most=5) == 0


def test_a_full_lane_does_not_hold_up_another(submit: Submit) -> None:
    submit("trial_narrow", name="a")
    submit("trial_narrow", name="b")
    submit("noop", name="c")
    assert names() == ["a", "c"]


def test_a_paused_lane_gives_nothing_until_it_is_resumed(submit: Submit) -> None:
    submit("noop", name="a")
    lane = Lane.objects.get(name="noop")
    limits.pause(lane, by="olga", reason="moving house")
    assert (claim.claim(), claim.due_count(at_most=1)) == (None, 0)
    limits.resume(lane)
    assert names() == ["a"]


def test_a_lanes_limit_may_change_while_work_runs(submit: Submit) -> None:
    for name in "abc":
        submit("trial_narrow", name=name)
    assert names() == ["a"]
    Lane.objects.filter(name="narrow").update(limit=2)
    assert names() == ["b"]
    Lane.objects.filter(name="narrow").update(limit=0)
    assert names() == []


def test_the_worker_kept_free_takes_only_short_work(submit: Submit) -> None:
    submit("trial_sleep", name="long")
    submit("noop", name="short")
    claimed = claim.claim(short_only=True)
    assert claimed
    assert claimed.parameters["name"] == "short"
    assert claim.claim(short_only=True) is None


def test_due_work_is_counted_no_further_than_asked(submit: Submit) -> None:
    for _ in range(5):
        submit("noop")
    assert claim.due_count(at_most=3) == 3
    assert claim.due_count(at_most=9) == 5


# --- PostgreSQL: where several write at once -----------------------------------------------------


@pytest.fixture
def postgresql() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("on SQLite there is one writer at a time")


@pytest.mark.usefixtures("postgresql")
def test_a_limited_lane_whose_head_is_locked_does_not_hold_up_another(submit: Submit) -> None:
    head = submit("trial_narrow", name="head", options=Options(priority=Priority.URGENT))
    submit("noop", name="other")
    taken: list[str] = []
    with transaction.atomic():
        Job.objects.select_for_update().get(pk=head.pk)
        assert at_once(lambda: taken.extend(names()))
    assert taken == ["other"]
    assert names() == ["head"]


@pytest.mark.usefixtures("postgresql")
def test_a_probe_is_claimed_in_its_lanes_turn_where_that_has_a_limit(
    submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else two may count what runs there at once: the probe, and who comes when the hold ends."""
    open_hold(submit, "a", "b")
    Lane.objects.filter(name="trial").update(limit=2)
    let_time_pass()
    probes.choose()
    waited: list[str] = []
    monkeypatch.setattr(locks, "await_turn", waited.append)
    assert claim.claim()
    assert waited == ["trial"]

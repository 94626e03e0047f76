"""The end of one job and the claim of the next as one transaction: what `claim` would have done."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import OperationalError

from jobs import queue
from jobs.execution import attempt_end, claim, runner, settlement, takeover
from jobs.execution.claimed import Claim
from jobs.execution.settlement import settle_and_claim
from jobs.lanes import limits
from jobs.models import Job, Lane, Link, Priority
from jobs.processes import slots
from jobs.queue import Options, families
from jobs.recovery import sweep
from jobs.results import Completed, LeaseLost, Released
from jobs.states import Status
from tests.jobs.conftest import Submit

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.both_databases,
    pytest.mark.usefixtures("own_slots"),
]


def claimed_first() -> Claim:
    claimed = claim.claim()
    assert claimed is not None
    return claimed


def end(claimed: Claim) -> Claim | None:
    ending, following = settle_and_claim(claimed, Completed("Done."), lanes=claim.lane_names())
    assert ending.status is Status.COMPLETED
    return following


def statuses() -> list[str]:
    return [str(each) for each in Job.objects.order_by("pk").values_list("status", flat=True)]


def test_the_next_job_is_claimed_with_the_end_of_the_one_before(submit: Submit) -> None:
    submit("noop", name="first")
    later = submit("noop", name="later")
    urgent = submit("noop", name="urgent", options=Options(priority=Priority.URGENT))
    Job.objects.filter(pk=later.pk).update(rank=later.rank + 30)
    following = end(claimed_first())
    assert following is not None
    assert following.parameters["name"] == "first"
    assert (following.lease, following.attempt_number) == (1, 1)
    urgent.refresh_from_db()
    assert (urgent.status, urgent.attempts.get().outcome) == ("completed", "completed")
    assert statuses() == ["running", "pending", "completed"]


def test_with_nothing_due_there_is_only_the_end(submit: Submit) -> None:
    submit("noop")
    assert end(claimed_first()) is None
    assert statuses() == ["completed"]


def test_who_lost_the_lease_neither_ends_nor_claims(submit: Submit) -> None:
    first, _ = submit("noop", name="first"), submit("noop", name="second")
    old = claimed_first()
    first.refresh_from_db()
    assert takeover.end_attempt(first, Released("taken away"))
    with pytest.raises(LeaseLost):
        settle_and_claim(old, Completed("late"), lanes=claim.lane_names())
    assert statuses() == ["pending", "pending"]


def test_a_full_lane_is_left_alone(submit: Submit) -> None:
    submit("noop", name="first")
    submit("trial_narrow", name="runs")
    submit("trial_narrow", name="waits")
    first = claimed_first()
    assert claimed_first().parameters["name"] == "runs"
    assert end(first) is None
    assert statuses() == ["completed", "running", "pending"]


def test_a_paused_lane_is_left_alone(submit: Submit) -> None:
    submit("noop", name="first")
    submit("noop", name="second")
    first = claimed_first()
    limits.pause(Lane.objects.get(name="noop"), by="somebody")
    assert end(first) is None
    assert statuses() == ["completed", "pending"]


def test_a_lane_of_one_passes_its_slot_on(submit: Submit) -> None:
    """By the statement itself or the claim that follows: the first in line is not skipped."""
    for name in ("first", "second"):
        submit("trial_narrow", name=name)
    submit("noop", name="third")
    Job.objects.filter(job_type="noop").update(rank=2**40)
    following = end(claimed_first()) or claimed_first()
    assert following.parameters["name"] == "second"


def test_no_job_is_handed_on_in_a_drain(submit: Submit, own_slots: slots.WorkerSlots) -> None:
    for name in ("a", "b"):
        submit("noop", name=name)
    wake_up = runner.WakeUp(slots.mine())
    own_slots.drain()
    assert runner.run(claimed_first(), lanes=wake_up.lanes) is None
    assert statuses() == ["completed", "pending"]


def test_no_job_is_handed_on_in_a_drain_that_began_while_the_end_could_not_be_written(
    submit: Submit, own_slots: slots.WorkerSlots, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b"):
        submit("noop", name=name)
    monkeypatch.setattr(runner, "SETTLE_PAUSE_S", 0)
    real, tries = settlement.settle_and_claim, [1]

    def away_once(*args: Any, **kwargs: Any) -> Any:
        if tries and tries.pop():
            own_slots.drain()
            raise OperationalError("the server closed the connection")
        return real(*args, **kwargs)

    monkeypatch.setattr(runner, "settle_and_claim", away_once)
    runner.wake_up()
    assert statuses() == ["completed", "pending"]


def test_the_budget_ends_a_wake_up(submit: Submit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "BUDGET_JOBS", 3)
    for name in "abcde":
        submit("noop", name=name)
    runner.wake_up()
    assert statuses() == ["completed"] * 3 + ["pending"] * 2


def test_who_waits_is_told_though_the_next_job_is_in_hand(submit: Submit) -> None:
    needed = submit("noop", name="needed")
    submit("noop", name="next")
    waiter = submit("noop", name="waiter", options=Options(depends_on=(needed.pk,)))
    wake_up = runner.WakeUp(slots.mine())
    following = runner.run(claimed_first(), lanes=wake_up.lanes)
    assert following is not None
    waiter.refresh_from_db()
    assert waiter.status == Status.PENDING


def test_a_job_in_hand_is_run_though_the_waiters_could_not_be_told(
    submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    needed = submit("noop", name="needed")
    submit("noop", name="next")
    waiter = submit("noop", name="waiter", options=Options(depends_on=(needed.pk,)))
    assert Link.objects.filter(waiter=waiter).exists()

    def away(needed_id: int) -> None:
        raise OperationalError("the server closed the connection")

    with monkeypatch.context() as patched:
        patched.setattr(families, "let_go_on", away)
        runner.wake_up()
    assert statuses() == ["completed", "completed", "waiting"]
    sweep.sweep()
    waiter.refresh_from_db()
    assert waiter.status == Status.PENDING


def test_a_cancelled_job_is_not_completed_by_a_handover(submit: Submit) -> None:
    """A cancel that comes after the work is done loses; one before it was seen by the worker."""
    job = submit("noop", name="a")
    claimed = claimed_first()
    job.refresh_from_db()
    queue.cancel(job)
    assert end(claimed) is None
    job.refresh_from_db()
    assert (job.status, job.cancel_requested_at) == (Status.COMPLETED, None)


def lose_the_answer(monkeypatch: pytest.MonkeyPatch, module: object, name: str) -> None:
    """What was done stays done; who asked for it does not hear of it, once."""
    real, left = getattr(module, name), [1]

    def function(*args: object, **kwargs: object) -> object:
        answer = real(*args, **kwargs)
        if left and left.pop():
            raise OperationalError("the server closed the connection")
        return answer

    monkeypatch.setattr(module, name, function)


def test_a_handover_whose_answer_was_lost_loses_no_job(
    submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The commit went through: the next job is ours, and nobody of us knows."""
    for name in ("a", "b", "c"):
        submit("noop", name=name)
    lose_the_answer(monkeypatch, attempt_end, "write")
    runner.wake_up()
    assert statuses() == ["completed"] * 3
    assert spent() == [("a", 1, 0), ("b", 1, 0), ("c", 1, 0)]


def test_a_claim_whose_answer_was_lost_loses_no_job(
    submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit("noop", name="a")
    lose_the_answer(monkeypatch, claim, "claim_from")
    runner.wake_up()
    assert statuses() == ["running"]
    runner.wake_up()
    assert statuses() == ["completed"]
    assert spent() == [("a", 1, 0)]


def spent() -> list[tuple[str, int, int]]:
    rows = Job.objects.order_by("pk").values_list("parameters", "attempt_number", "crashes")
    return [(str(parameters["name"]), number, crashes) for parameters, number, crashes in rows]

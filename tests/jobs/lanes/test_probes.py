"""One probe tries whether a hold's cause is gone; its answer releases, and the lanes ramp up."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from jobs.execution import claim, settlement
from jobs.failures import failure
from jobs.lanes import holds, limits, probes
from jobs.models import Job, Lane
from jobs.results import Completed, Failed
from jobs.states import Status
from tests.jobs.conftest import Submit
from tests.jobs.lanes.holding import (
    BOT,
    lane,
    let_time_pass,
    next_probe,
    open_hold,
    set_clock,
    take,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]


def test_no_probe_before_the_cool_down(submit: Submit) -> None:
    open_hold(submit, "a", "b")
    probes.choose()
    assert lane().probe_id is None
    let_time_pass()
    probes.choose()
    assert lane().probe_id is not None


@pytest.mark.parametrize(("opener", "chooser"), [(0, 1), (-1, 0)])
def test_the_cool_down_goes_by_the_clock_of_no_host(
    submit: Submit, monkeypatch: pytest.MonkeyPatch, opener: int, chooser: int
) -> None:
    for ahead_h, act in ((opener, lambda: open_hold(submit, "a", "b")), (chooser, probes.choose)):
        with monkeypatch.context() as there:
            set_clock(there, ahead=timedelta(hours=ahead_h))
            act()
    assert lane().probe_id is None


def test_the_probe_is_one_job_and_not_the_one_that_opened_the_hold(submit: Submit) -> None:
    _, second, _ = open_hold(submit, "a", "b", "c")
    let_time_pass()
    probes.choose()
    probes.choose()
    assert claim.due_count(at_most=5) == 1
    assert take().job_id == second.pk
    assert claim.claim() is None


def test_the_only_job_there_is_probes_itself(submit: Submit) -> None:
    (only,) = open_hold(submit, "a")
    assert next_probe().job_id == only.pk


def test_a_failed_probe_doubles_the_cool_down_and_costs_nothing(submit: Submit) -> None:
    open_hold(submit, "a", "b")
    probe = next_probe()
    settlement.settle(probe, BOT)
    now = lane()
    assert (now.hold_step, now.probe_id, now.failed_probe_id) == (1, None, probe.job_id)
    assert Job.objects.get(pk=probe.job_id).attempt_number == 0


@pytest.mark.parametrize("answer", [Completed(), Failed("video_private"), Failed("premiere")])
def test_any_answer_of_youtubes_own_releases_the_hold(
    submit: Submit, answer: Completed | Failed
) -> None:
    open_hold(submit, "a", "b", "c")
    settlement.settle(next_probe(), answer)
    assert not holds.held("youtube").exists()
    assert lane().ramp == 1


def test_a_broken_connection_says_nothing_about_the_hold(submit: Submit) -> None:
    open_hold(submit, "a", "b")
    settlement.settle(next_probe(), Failed("connection_reset"))
    assert lane().is_held
    assert lane().probe_id is None


def test_a_probe_that_got_no_answer_is_asked_again_only_after_the_others(submit: Submit) -> None:
    _, *others = open_hold(submit, "a", "b", "c", "d")
    asked = []
    for _ in others:
        probe = next_probe()
        asked.append(probe.job_id)
        settlement.settle(probe, Failed("connection_reset"))
        Job.objects.filter(pk=probe.job_id).update(status=Status.PENDING)
    assert asked == [job.pk for job in others]
    assert lane().failed_probe_id == asked[-1]


def test_after_a_hold_the_lane_goes_on_with_one_two_four(submit: Submit) -> None:
    open_hold(submit, *"abcdefghijkl")
    holds.release("youtube")
    at_once = []
    for _ in range(3):
        claims = []
        while claimed := claim.claim():
            claims.append(claimed)
        at_once.append(len(claims))
        settlement.settle(claims[0], Completed())
        # The others stop here for the sake of counting.
        Job.objects.filter(status=Status.RUNNING).update(status=Status.CANCELLED)
    assert at_once == [1, 2, 4]
    assert lane().ramp is None


def test_a_cancelled_probe_is_replaced(submit: Submit) -> None:
    open_hold(submit, "a", "b", "c")
    let_time_pass()
    probes.choose()
    first = lane().probe_id
    Job.objects.filter(pk=first or 0).update(status=Status.CANCELLED)
    probes.choose()
    assert lane().probe_id not in (None, first)


def test_failing_probes_of_one_hold_do_not_count_against_a_job(submit: Submit) -> None:
    (job,) = open_hold(submit, "a")
    for _ in range(5):
        settlement.settle(next_probe(), BOT)
    job.refresh_from_db()
    assert (job.status, job.times_held) == (Status.PENDING, 1)


def test_each_probe_is_another_job_and_the_opener_is_the_last_to_be_asked(submit: Submit) -> None:
    opener, *others = open_hold(submit, "a", "b", "c", "d")
    asked = []
    for _ in others:
        probe = next_probe()
        asked.append(probe.job_id)
        settlement.settle(probe, BOT)
    assert asked == [job.pk for job in others]
    let_time_pass()
    probes.choose()
    assert lane().probe_id not in {opener.pk, asked[-1]}


@pytest.mark.parametrize("code", ["cookies_refused", "disk_full", "media_root_missing"])
def test_a_probe_that_meets_another_wall_is_not_let_through_again(
    submit: Submit, code: str
) -> None:
    open_hold(submit, "a", "b")
    probe = next_probe()
    settlement.settle(probe, Failed(code))
    assert claim.claim() is None
    assert lane().hold_cause == failure(code).hold
    assert lane().probe_id is None


def test_the_lanes_that_the_other_wall_does_not_stop_keep_their_hold(submit: Submit) -> None:
    open_hold(submit, "a", "b")
    Lane.objects.filter(hold_cause="youtube").update(hold_step=2)
    settlement.settle(next_probe(), Failed("disk_full"))
    others = Lane.objects.filter(name__in=["metadata", "sync"])
    assert {(row.hold_cause, row.hold_step, row.probe_id) for row in others} == {
        ("youtube", 2, None)
    }
    assert all(row.next_probe_at for row in others)


@pytest.mark.parametrize(
    "end",
    [
        Failed("profile_missing"),
        Completed("Already here.", asked=False),
    ],
)
def test_an_end_that_asked_nobody_releases_nothing(submit: Submit, end: Completed | Failed) -> None:
    open_hold(submit, "a", "b", "c")
    probe = next_probe()
    settlement.settle(probe, end)
    assert lane().is_held
    assert lane().probe_id is None
    let_time_pass()
    probes.choose()
    assert lane().probe_id not in (None, probe.job_id)


def test_a_success_that_asked_nobody_does_not_widen_the_ramp(submit: Submit) -> None:
    open_hold(submit, "a", "b")
    holds.release("youtube")
    settlement.settle(take(), Completed("Already here.", asked=False))
    assert lane().ramp == 1


@pytest.mark.parametrize("closed", [{"paused_at": timezone.now()}, {"limit": 0}])
def test_a_probe_whose_lane_was_closed_since_is_replaced(
    submit: Submit, closed: dict[str, Any]
) -> None:
    _, chosen, other = open_hold(submit, "a", "b", "c")
    Job.objects.filter(pk=other.pk).update(lane="metadata")
    let_time_pass()
    probes.choose()
    assert lane().probe_id == chosen.pk
    Lane.objects.filter(name="trial").update(**closed)
    probes.choose()
    assert lane().probe_id == other.pk
    assert take().job_id == other.pk


def test_a_probe_is_named_only_where_it_may_start(submit: Submit) -> None:
    submit("trial_sleep", name="busy")
    take()
    _, _, other = open_hold(submit, "a", "b", "c")
    Job.objects.filter(pk=other.pk).update(lane="metadata")
    Lane.objects.filter(name="trial").update(limit=1)
    assert next_probe().job_id == other.pk
    probes.choose()
    assert lane().probe_id == other.pk


def test_a_running_probe_is_waited_for_though_its_lane_is_paused(submit: Submit) -> None:
    open_hold(submit, "a", "b")
    probe = next_probe()
    limits.pause(lane(), by="somebody")
    probes.choose()
    assert lane().probe_id == probe.job_id


def test_the_worker_kept_for_short_work_takes_no_probe(submit: Submit) -> None:
    open_hold(submit, "a", "b")
    let_time_pass()
    probes.choose()
    assert claim.due_count(at_most=5, short_only=True) == 0
    assert claim.claim(short_only=True) is None
    assert claim.claim() is not None


def test_a_probe_starts_within_its_lanes_limit(submit: Submit) -> None:
    busy = submit("trial_sleep", name="busy")
    under_way = take()
    assert under_way.job_id == busy.pk
    open_hold(submit, "a", "b")
    let_time_pass()
    probes.choose()
    Lane.objects.filter(name="trial").update(limit=1)
    assert (claim.claim(), claim.due_count(at_most=5)) == (None, 0)
    settlement.settle(under_way, Completed())
    assert claim.claim() is not None

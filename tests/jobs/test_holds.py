"""Holds: one cause stops its lanes for all, one probe tries, and the lanes ramp up again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from jobs import claim, holds, settle
from jobs.models import Job, Lane
from jobs.outcomes import Completed, Failed
from jobs.states import Outcome, Status
from tests.jobs.conftest import Submit

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]

BOT = Failed("bot_check", "Sign in to confirm you’re not a bot")
HELD_LANES = {"download", "metadata", "sync", "trial"}


def lane() -> Lane:
    return Lane.objects.get(name="trial")


def take() -> claim.Claim:
    claimed = claim.claim()
    assert claimed is not None
    return claimed


def open_hold(submit: Submit, *names: str) -> list[Job]:
    """The first of these jobs meets the bot check."""
    jobs = [submit("trial_sleep", name=name) for name in names]
    settle.settle(take(), BOT)
    return jobs


def let_time_pass() -> None:
    Lane.objects.exclude(next_probe_at=None).update(
        next_probe_at=timezone.now() - timedelta(seconds=1)
    )


def test_one_bot_check_holds_every_lane_of_youtube(submit: Submit) -> None:
    opener, _ = open_hold(submit, "a", "b")
    assert set(holds.held("youtube").values_list("name", flat=True)) == HELD_LANES
    assert "bot" in lane().hold_reason
    assert lane().next_probe_at is not None
    assert (claim.claim(), claim.due_count(at_most=5)) == (None, 0)
    opener.refresh_from_db()
    assert (opener.status, opener.attempt_number, opener.retry_count) == (Status.PENDING, 0, 0)
    assert opener.attempts.get().outcome == Outcome.HELD


def test_a_lane_that_the_cause_does_not_touch_goes_on(submit: Submit) -> None:
    open_hold(submit, "a")
    submit("noop", name="free")
    assert take().parameters["name"] == "free"


def test_work_under_way_that_meets_the_cause_goes_back_unharmed(submit: Submit) -> None:
    for name in "abc":
        submit("trial_sleep", name=name)
    claims = [take() for _ in "abc"]
    for claimed in claims:
        settle.settle(claimed, BOT)
    assert Job.objects.filter(status=Status.PENDING, attempt_number=0).count() == 3
    assert lane().hold_step == 0


def test_no_probe_before_the_cool_down(submit: Submit) -> None:
    open_hold(submit, "a", "b")
    holds.look()
    assert lane().probe_id is None
    let_time_pass()
    holds.look()
    assert lane().probe_id is not None


def test_the_probe_is_one_job_and_not_the_one_that_opened_the_hold(submit: Submit) -> None:
    _, second, _ = open_hold(submit, "a", "b", "c")
    let_time_pass()
    holds.look()
    holds.look()
    assert claim.due_count(at_most=5) == 1
    assert take().job_id == second.pk
    assert claim.claim() is None


def test_the_only_job_there_is_probes_itself(submit: Submit) -> None:
    (only,) = open_hold(submit, "a")
    let_time_pass()
    holds.look()
    assert take().job_id == only.pk


def test_a_failed_probe_doubles_the_cool_down_and_costs_nothing(submit: Submit) -> None:
    open_hold(submit, "a", "b")
    let_time_pass()
    holds.look()
    probe = take()
    settle.settle(probe, BOT)
    now = lane()
    assert (now.hold_step, now.probe_id, now.failed_probe_id) == (1, None, probe.job_id)
    assert Job.objects.get(pk=probe.job_id).attempt_number == 0


def test_the_cool_down_doubles_up_to_six_hours(settings: pytest.FixtureRequest) -> None:
    settings.COOL_DOWN_S = 300  # type: ignore[attr-defined]
    minutes = [holds.cool_down(step, jitter=0).total_seconds() / 60 for step in range(9)]
    assert minutes == [5, 10, 20, 40, 80, 160, 320, 360, 360]


@pytest.mark.parametrize("answer", [Completed(), Failed("video_private"), Failed("premiere")])
def test_any_answer_of_youtubes_own_releases_the_hold(
    submit: Submit, answer: Completed | Failed
) -> None:
    open_hold(submit, "a", "b", "c")
    let_time_pass()
    holds.look()
    settle.settle(take(), answer)
    assert not holds.held("youtube").exists()
    assert lane().ramp == 1


def test_a_broken_connection_says_nothing_about_the_hold(submit: Submit) -> None:
    open_hold(submit, "a", "b")
    let_time_pass()
    holds.look()
    settle.settle(take(), Failed("connection_reset"))
    assert lane().is_held
    assert lane().probe_id is None


def test_after_a_hold_the_lane_goes_on_with_one_two_four(submit: Submit) -> None:
    open_hold(submit, *"abcdefghijkl")
    holds.release("youtube")
    at_once = []
    for _ in range(3):
        claims = []
        while claimed := claim.claim():
            claims.append(claimed)
        at_once.append(len(claims))
        settle.settle(claims[0], Completed())
        # The others stop here for the sake of counting.
        Job.objects.filter(status=Status.RUNNING).update(status=Status.CANCELLED)
    assert at_once == [1, 2, 4]
    assert lane().ramp is None


def test_a_cancelled_probe_is_replaced(submit: Submit) -> None:
    open_hold(submit, "a", "b", "c")
    let_time_pass()
    holds.look()
    first = lane().probe_id
    Job.objects.filter(pk=first or 0).update(status=Status.CANCELLED)
    holds.look()
    assert lane().probe_id not in (None, first)


def test_a_job_that_meets_the_cause_three_times_alone_is_retried_like_any_failure(
    submit: Submit,
) -> None:
    job = submit("trial_sleep", name="a")
    for meeting in (1, 2, 3):
        settle.settle(take(), BOT)
        job.refresh_from_db()
        assert job.times_held == meeting
        holds.release("youtube")
        Lane.objects.update(ramp=None)
    assert (job.status, job.retry_count) == (Status.RETRYING, 1)


def test_failing_probes_of_one_hold_do_not_count_against_a_job(submit: Submit) -> None:
    (job,) = open_hold(submit, "a")
    for _ in range(5):
        let_time_pass()
        holds.look()
        settle.settle(take(), BOT)
    job.refresh_from_db()
    assert (job.status, job.times_held) == (Status.PENDING, 1)


@pytest.fixture
def full_disk(settings: pytest.FixtureRequest) -> Callable[[bool], None]:
    def full_disk(full: bool) -> None:
        settings.MIN_FREE_DISK = 10**18 if full else 0  # type: ignore[attr-defined]

    return full_disk


def test_a_full_disk_holds_the_lanes_that_write_until_there_is_room(
    full_disk: Callable[[bool], None],
) -> None:
    full_disk(True)
    holds.look()
    held = set(holds.held("disk").values_list("name", flat=True))
    assert "download" in held
    assert "metadata" not in held
    assert "MIN_FREE_DISK" in Lane.objects.get(name="download").hold_reason
    full_disk(False)
    holds.look()
    assert not holds.held("disk").exists()


def test_a_hold_for_cookies_ends_when_they_change(
    submit: Submit, tmp_path: pytest.TempPathFactory, settings: pytest.FixtureRequest
) -> None:
    cookies = tmp_path / "cookies.txt"  # type: ignore[operator]
    cookies.write_text("old")
    settings.COOKIES_FILE = str(cookies)  # type: ignore[attr-defined]
    submit("trial_sleep", name="a")
    settle.settle(take(), Failed("cookies_refused"))
    import os

    os.utime(cookies, (1, 1))
    holds.look()
    assert lane().hold_cause == "cookies"
    later = timezone.now().timestamp() + 5
    os.utime(cookies, (later, later))
    holds.look()
    assert not lane().is_held


def test_each_probe_is_another_job_and_the_opener_is_the_last_to_be_asked(submit: Submit) -> None:
    opener, *others = open_hold(submit, "a", "b", "c", "d")
    asked = []
    for _ in others:
        let_time_pass()
        holds.look()
        probe = take()
        asked.append(probe.job_id)
        settle.settle(probe, BOT)
    assert asked == [job.pk for job in others]
    let_time_pass()
    holds.look()
    assert lane().probe_id not in {opener.pk, asked[-1]}

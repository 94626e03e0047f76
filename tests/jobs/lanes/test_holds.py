"""Holds: one cause stops its lanes for everybody, and goes when the cause does."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from jobs.execution import claim, settlement, takeover
from jobs.lanes import holds
from jobs.models import Job, Lane
from jobs.results import Failed, LeaseLost, Released
from jobs.states import Outcome, Status
from tests.jobs.conftest import Submit, beating
from tests.jobs.lanes.holding import BOT, lane, open_hold, set_clock, take
from tests.looking import look_and_hold

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]

HELD_LANES = {"download", "metadata", "sync", "trial"}


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
        settlement.settle(claimed, BOT)
    assert Job.objects.filter(status=Status.PENDING, attempt_number=0).count() == 3
    assert lane().hold_step == 0


def test_who_lost_the_lease_opens_no_hold_and_nothing_counts_against_the_job(
    submit: Submit,
) -> None:
    job, late = submit("trial_sleep", name="a"), take()
    assert takeover.end_attempt(Job.objects.get(pk=job.pk), Released("taken away"))
    with pytest.raises(LeaseLost):
        settlement.settle(late, BOT)
    job.refresh_from_db()
    assert (lane().is_held, job.times_held, job.held_at) == (False, 0, None)


def test_the_cool_down_doubles_up_to_six_hours(settings: pytest.FixtureRequest) -> None:
    settings.COOL_DOWN_S = 300  # type: ignore[attr-defined]
    minutes = [holds.cool_down(step, jitter=0).total_seconds() / 60 for step in range(9)]
    assert minutes == [5, 10, 20, 40, 80, 160, 320, 360, 360]


def test_a_job_that_meets_the_cause_three_times_alone_is_retried_like_any_failure(
    submit: Submit,
) -> None:
    job = submit("trial_sleep", name="a")
    for meeting in (1, 2, 3):
        settlement.settle(take(), BOT)
        job.refresh_from_db()
        assert job.times_held == meeting
        holds.over("youtube")
        Lane.objects.update(ramp=None)
    assert (job.status, job.retry_count) == (Status.RETRYING, 1)


def test_resuming_by_hand_while_nobody_gets_through_spends_no_attempt(submit: Submit) -> None:
    job = submit("trial_sleep", name="a")
    for _ in range(5):
        settlement.settle(take(), BOT)
        holds.release("youtube")
        Lane.objects.update(ramp=None)
    job.refresh_from_db()
    assert (job.status, job.retry_count, job.times_held) == (Status.PENDING, 0, 1)


def test_a_hold_says_which_file_it_is_about(submit: Submit) -> None:
    submit("trial_sleep", name="a")
    said = "COOKIES_FILE cannot be read: No such file or directory."
    settlement.settle(take(), Failed("cookies_refused", said))
    assert lane().hold_reason == said


def test_a_hold_and_its_end_stand_in_the_log(
    full_disk: Callable[[bool], None], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    full_disk(True)
    look_and_hold()
    look_and_hold()
    full_disk(False)
    look_and_hold()
    said = [record.getMessage() for record in caplog.records if record.name == "jobs.lanes.holds"]
    assert len(said) == 2
    assert said[0].startswith("Held (disk): ")
    assert "Lanes: download" in said[0]
    assert said[1] == "The hold (disk) is over; its lanes go on, slowly at first"


@pytest.fixture
def full_disk(settings: pytest.FixtureRequest) -> Callable[[bool], None]:
    def full_disk(full: bool) -> None:
        settings.MIN_FREE_DISK = 10**18 if full else 0  # type: ignore[attr-defined]

    return full_disk


def test_a_full_disk_holds_the_lanes_that_write_until_there_is_room(
    full_disk: Callable[[bool], None],
) -> None:
    full_disk(True)
    look_and_hold()
    held = set(holds.held("disk").values_list("name", flat=True))
    assert "download" in held
    assert "metadata" not in held
    assert "MIN_FREE_DISK" in Lane.objects.get(name="download").hold_reason
    full_disk(False)
    look_and_hold()
    assert not holds.held("disk").exists()


@pytest.fixture
def cookies(tmp_path: Path, settings: Settings) -> Path:
    file = tmp_path / "cookies.txt"
    file.write_text("old")
    settings.COOKIES_FILE = str(file)
    return file


def let_a_tick_pass(after: Path) -> None:
    """Until a file written now is younger than that one, to the database's millisecond."""
    until = after.stat().st_ctime + 0.002
    while time.time() < until:
        time.sleep(0.001)


def test_a_hold_for_cookies_ends_when_they_change(submit: Submit, cookies: Path) -> None:
    let_a_tick_pass(cookies)
    submit("trial_sleep", name="a")
    settlement.settle(take(), Failed("cookies_refused"))
    look_and_hold()
    assert lane().hold_cause == "cookies"
    cookies.write_text("new")
    look_and_hold()
    assert not lane().is_held


def test_cookies_moved_into_place_with_their_old_times_end_the_hold(
    submit: Submit, cookies: Path
) -> None:
    let_a_tick_pass(cookies)
    submit("trial_sleep", name="a")
    settlement.settle(take(), Failed("cookies_refused"))
    exported = cookies.with_name("exported.txt")
    exported.write_text("new")
    os.utime(exported, (1, 1))
    exported.replace(cookies)
    look_and_hold()
    assert not lane().is_held


def test_cookies_that_changed_while_an_attempt_ran_on_the_old_ones_are_tried(
    submit: Submit, cookies: Path
) -> None:
    let_a_tick_pass(cookies)
    submit("trial_sleep", name="a")
    claimed = take()
    let_a_tick_pass(cookies)
    cookies.write_text("new")
    settlement.settle(claimed, Failed("cookies_refused"))
    look_and_hold()
    assert not lane().is_held


def test_a_cause_that_stands_beside_another_takes_its_lane_when_that_ends(
    submit: Submit, full_disk: Callable[[bool], None]
) -> None:
    full_disk(True)
    look_and_hold()
    submit("trial_sleep", name="a")
    Job.objects.update(lane="metadata")
    settlement.settle(take(), BOT)
    assert causes("download", "metadata") == ["disk", "youtube"]
    full_disk(False)
    look_and_hold()
    assert causes("download", "metadata") == ["youtube", "youtube"]
    assert one_hold("download") == one_hold("metadata")


def test_a_lane_that_joins_a_hold_has_its_step_and_its_probe(submit: Submit) -> None:
    open_hold(submit, "a", "b")
    Lane.objects.filter(hold_cause="youtube").update(hold_step=3)
    Lane.objects.filter(name="download").update(hold_cause="")
    late = submit("trial_sleep", name="late")
    Job.objects.filter(pk=late.pk).update(lane="download")
    settlement.settle(take(), BOT)
    assert one_hold("download") == one_hold("metadata")
    assert Lane.objects.get(name="download").hold_step == 3


def test_a_job_in_a_lane_that_the_hold_does_not_stop_is_retried_like_any_failure(
    submit: Submit,
) -> None:
    """Going back unharmed, it would run into the full disk again at once."""
    job = submit("noop")
    settlement.settle(take(), Failed("disk_full"))
    job.refresh_from_db()
    assert (job.status, job.retry_count) == (Status.RETRYING, 1)


def test_what_one_host_misses_another_does_not_release(
    full_disk: Callable[[bool], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    full_disk(True)
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("NODE_HOST", "elsewhere")
        look_and_hold()
    full_disk(False)
    node = beating("elsewhere")
    with monkeypatch.context() as ahead:
        set_clock(ahead, ahead=timedelta(hours=1))
        look_and_hold()
    assert causes("download") == ["disk"]
    node.delete()
    look_and_hold()
    assert causes("download") == [""]


def test_what_cannot_be_looked_at_is_not_well(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.HOLD_WATCHES = {"media_root": "tests.jobs.lanes.test_holds.stale"}
    look_and_hold()
    assert "Stale file handle" in Lane.objects.get(name="download").hold_reason


def stale(since: datetime | None) -> str:
    raise OSError(errno.ESTALE, "Stale file handle", "/library")


def causes(*names: str) -> list[str]:
    return [Lane.objects.get(name=name).hold_cause for name in names]


def one_hold(name: str) -> tuple[object, ...]:
    row = Lane.objects.get(name=name)
    return row.hold_cause, row.hold_step, row.next_probe_at, row.probe_id, row.failed_probe_id


@pytest.mark.parametrize(
    ("limit", "ramp", "cap"),
    [(3, None, 3), (3, 1, 1), (3, 4, 3), (None, 2, 2), (None, None, None), (0, 1, 0)],
)
def test_a_lane_has_one_cap_the_lower_of_limit_and_ramp(
    limit: int | None, ramp: int | None, cap: int | None
) -> None:
    Lane.objects.filter(name="trial").update(limit=limit, ramp=ramp)
    assert Lane.objects.get(name="trial").cap == cap

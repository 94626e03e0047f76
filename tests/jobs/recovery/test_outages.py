"""An attempt and what fails around it: the database, the disk of the logs, a cancel in between."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest
from django.db import IntegrityError, OperationalError
from django.utils import timezone

from jobs import queue
from jobs.execution import attempt_end, runner, settlement
from jobs.execution.attempt import Work
from jobs.logs import writer
from jobs.models import Job
from jobs.processes import child_process, pids
from jobs.queue import families
from jobs.recovery import sweep
from jobs.results import Completed, Failed, Released, Result, WaitForChildren
from jobs.states import Outcome, Status, WaitFor
from jobs.supervisor import clock_watch
from jobs.supervisor.clock_watch import ClockWatch
from tests import kinds
from tests.jobs.conftest import Submit, beating
from tests.jobs.lanes.holding import take
from tests.working import link, run_next
from videomind.database import clock as database_clock

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]
RunAll = Callable[[], int]


def fresh(job: Job) -> Job:
    return Job.objects.get(pk=job.pk)


def fails(times: int, error: Exception, real: Callable[..., Any]) -> Callable[..., Any]:
    """The real function, after so many failures."""
    left = [times]

    def function(*args: Any, **kwargs: Any) -> Any:
        if left[0]:
            left[0] -= 1
            raise error
        return real(*args, **kwargs)

    return function


# --- a cancel between the worker's last look and the end ------------------------------------------


@pytest.mark.parametrize(
    "result",
    [Failed("read_timeout"), Failed("premiere"), Released("stop"), WaitForChildren("listed")],
)
def test_a_cancel_wins_over_every_end_after_which_the_job_would_go_on(
    submit: Submit, result: Result
) -> None:
    job, claimed = submit("trial_sleep", name="a"), take()
    queue.cancel(fresh(job))
    assert settlement.settle(claimed, result).status is Status.CANCELLED
    assert fresh(job).status == Status.CANCELLED
    assert [each.outcome for each in job.attempts.all()] == [Outcome.CANCELLED]


def test_a_zombie_can_be_cancelled(submit: Submit) -> None:
    job, _ = submit("trial_sleep", name="a"), take()
    silent = timezone.now() - timedelta(seconds=6)
    Job.objects.filter(pk=job.pk).update(host="elsewhere", heartbeat_at=silent)
    beating("elsewhere")
    sweep.sweep()
    assert fresh(job).status == Status.ZOMBIE
    queue.cancel(fresh(job))
    Job.objects.filter(pk=job.pk).update(heartbeat_at=silent - timedelta(seconds=6))
    sweep.sweep()
    assert fresh(job).status == Status.CANCELLED


def test_children_made_after_the_cancel_are_cancelled_too(
    submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A listing goes on for up to a second after somebody has cancelled its job."""
    parent, made = submit("trial_sleep", name="parent"), []

    def list_children(work: Work) -> Result:
        queue.cancel(fresh(parent))
        own = queue.Options(parent_id=work.job_id)
        made.append(submit("noop", name="late", options=own))
        link(work.job_id, made[0].pk)
        return WaitForChildren("listed")

    monkeypatch.setattr(kinds, "sleep", list_children)
    # As if it were killed right after the end is written.
    monkeypatch.setattr(families, "after_move", lambda *_: None)
    assert run_next()
    assert (fresh(parent).status, fresh(made[0]).status) == (Status.CANCELLED,) * 2


# --- the database goes away -----------------------------------------------------------------------


def test_a_missed_look_costs_nothing_while_the_lease_stands(
    submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit("trial_sleep", name="a")
    work = Work.of(take())
    gone = fails(1, OperationalError("server closed the connection"), Work._look_at_row)
    monkeypatch.setattr(Work, "_look_at_row", gone)
    work._looked_at -= 60
    work.check()
    work._looked_at -= 60
    work.check()


def test_beyond_the_lease_the_attempt_is_given_up(
    submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit("trial_sleep", name="a")
    work = Work.of(take())
    gone = fails(9, OperationalError("server closed the connection"), Work._look_at_row)
    monkeypatch.setattr(Work, "_look_at_row", gone)
    work._looked_at -= 60
    work._beat_at -= 60
    with pytest.raises(OperationalError):
        work.check()


def test_the_end_of_an_attempt_is_told_once_more(
    submit: Submit, run_all: RunAll, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = submit("trial_sleep", name="a")
    monkeypatch.setattr(runner, "SETTLE_PAUSE_S", 0)
    away = fails(2, OperationalError("away"), settlement.settle_and_claim)
    monkeypatch.setattr(runner, "settle_and_claim", away)
    run_all()
    assert fresh(job).status == Status.COMPLETED
    assert job.attempts.count() == 1


def test_a_database_error_in_a_worker_is_a_failed_attempt_and_no_lost_worker(
    submit: Submit, run_all: RunAll, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = submit("trial_sleep", name="a")
    monkeypatch.setattr(kinds, "sleep", fails(1, IntegrityError("a bug of ours"), kinds.sleep))
    run_all()
    job = fresh(job)
    assert (job.status, job.failure_code, job.crashes) == (Status.RETRYING, "internal_error", 0)
    assert "a bug of ours" in job.last_error_traceback


def test_a_database_that_goes_away_under_a_job_costs_it_no_attempt_unless_it_is_ever_the_same_one(
    submit: Submit, run_all: RunAll, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, away = submit("trial_sleep", name="a"), OperationalError("server closed the connection")
    monkeypatch.setattr(kinds, "sleep", fails(99, away, kinds.sleep))
    for _ in range(settlement.OUTAGES_A_DAY):
        run_all()
        job = fresh(job)
        assert (job.status, job.attempt_number, job.retry_count) == (Status.RETRYING, 0, 0)
        assert job.next_retry_at is not None
        assert job.next_retry_at < timezone.now() + timedelta(seconds=19)
        Job.objects.update(status=Status.PENDING, next_retry_at=None)
    assert "server closed the connection" in job.last_error_traceback
    run_all()
    job = fresh(job)
    assert (job.status, job.failure_code) == (Status.RETRYING, "database_unavailable")
    assert job.retry_count == 1


def test_a_worker_that_has_moved_on_is_not_ended_for_its_old_job(
    submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It could not tell of the first job's end; now it has the second one."""
    killed: list[int] = []
    monkeypatch.setattr(pids, "kill", killed.append)
    monkeypatch.setattr(pids, "own_pid", lambda: -1)
    old, _ = submit("trial_sleep", name="a"), take()
    silent = timezone.now() - timedelta(seconds=6)
    Job.objects.filter(pk=old.pk).update(heartbeat_at=silent, attempt_started_at=silent)
    submit("trial_sleep", name="b")
    take()
    assert sweep.sweep() == 1
    assert killed == []
    assert fresh(old).status == Status.RETRYING


# --- the disk of the logs is full -----------------------------------------------------------------


def test_a_log_that_takes_no_line_spoils_no_attempt(
    submit: Submit, run_all: RunAll, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: object, **kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    job = submit("trial_fail", name="a", code="video_private")
    slept = submit("trial_sleep", name="b")
    for name in ("write", "summary"):
        monkeypatch.setattr(writer.JobLog, name, full)
    run_all()
    assert (fresh(job).status, fresh(slept).status) == (Status.DEAD_LETTER, Status.COMPLETED)
    lost = submit("trial_sleep", name="c")
    take()
    Job.objects.filter(pk=lost.pk).update(pid=2**22 - 1, pid_started_at=1.0)
    assert sweep.sweep() == 1


def test_the_last_word_of_a_parent_that_finds_no_room_keeps_nobody_waiting(submit: Submit) -> None:
    """The kept line is tried again when the log is closed, and fails again."""
    parent, child = submit("noop"), submit("noop")
    link(parent.pk, child.pk)
    Job.objects.filter(pk=parent.pk).update(status=Status.WAITING, wait_for=WaitFor.CHILDREN)
    parent.log_folder.mkdir(parents=True)
    (parent.log_folder / "job.log").symlink_to("/dev/full")
    assert run_next()
    assert fresh(parent).status == Status.COMPLETED


# --- clocks and pids ------------------------------------------------------------------------------


def test_a_process_is_itself_whatever_the_clock_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """psutil adds the boot time, which moves when the clock is set."""
    before = pids.start_of(os.getpid())
    moved = psutil.boot_time() + 3600
    monkeypatch.setattr(psutil._pslinux, "boot_time", lambda: moved)
    assert pids.is_alive(os.getpid(), before)
    assert not pids.is_alive(os.getpid(), before + 1)
    assert before < 2**53


def test_what_the_clock_was_set_forward_by_is_no_time_that_a_job_has_run(
    submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, clock = submit("trial_sleep", name="a"), ClockWatch()
    take()
    clock.is_doubtful(timezone.now(), late=False)
    ahead = timezone.now() + timedelta(hours=1)
    monkeypatch.setattr(database_clock, "database_now", lambda: ahead)
    assert clock.is_doubtful(ahead, late=False)
    began = fresh(job).attempt_started_at
    assert began is not None
    assert abs(clock.moved_since(began) - timedelta(hours=1)) < timedelta(minutes=1)
    assert clock.moved_since(ahead) == timedelta(0)
    Job.objects.filter(pk=job.pk).update(heartbeat_at=ahead)
    assert sweep.sweep(moved=clock.moved_since) == 0
    assert sweep.sweep() == 1


def test_the_clock_remembers_only_so_many_jumps() -> None:
    clock, now = ClockWatch(), timezone.now()
    for hours in range(clock_watch.REMEMBERED + 20):
        clock.is_doubtful(now + timedelta(hours=hours), late=False)
    assert len(clock.jumps) == clock_watch.REMEMBERED


# --- a fork server that is waking up --------------------------------------------------------------


def test_a_worker_looks_around_while_the_fork_server_wakes_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody answers behind this socket: heartbeat and cancel are looked at all the same."""

    class Seen(Exception):
        pass

    def look() -> None:
        raise Seen

    path = tmp_path / "n.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(str(path))
        listener.listen(1)
        with pytest.raises(Seen):
            child_process.start("tests.children.answer", {}, fork_server=path, look=look)


# --- what no worker can do ------------------------------------------------------------------------


def test_a_job_of_a_type_that_nobody_knows_fails_with_a_sentence(submit: Submit) -> None:
    """A newer version's, after a step back or while two versions run."""
    job = submit("noop")
    Job.objects.filter(pk=job.pk).update(job_type="of_tomorrow")
    assert run_next()
    job = fresh(job)
    assert (job.status, job.failure_code) == (Status.RETRYING, "internal_error")
    assert "'of_tomorrow'" in job.error_message


def test_half_an_emoji_in_a_failure_is_written(submit: Submit) -> None:
    job, claimed = submit("noop"), take()
    settlement.settle(claimed, Failed("unknown", "cut in two: \ud83d"))
    assert fresh(job).error_message == "cut in two: ?"


def test_an_end_that_cannot_be_written_is_a_failure_and_no_running_job(
    submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = submit("trial_sleep", name="a")
    monkeypatch.setattr(kinds, "sleep", lambda work: Completed("Done.", {"title": "\ud83d\0"}))
    refused = fails(1, ValueError("half an emoji"), attempt_end.write)
    monkeypatch.setattr(attempt_end, "write", refused)
    assert run_next()
    job = fresh(job)
    assert (job.status, job.failure_code) == (Status.RETRYING, "internal_error")
    assert job.error_message == "Its end cannot be written: ValueError."

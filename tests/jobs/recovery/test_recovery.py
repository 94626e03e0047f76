"""Stuck, zombie and lost: who declares it, when, and what becomes of the job."""

from __future__ import annotations

import subprocess
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from jobs.execution import claim
from jobs.execution.claimed import Claim
from jobs.execution.settlement import settle
from jobs.models import Job, Node
from jobs.processes import node, pids, slots
from jobs.recovery import promotion, sweep
from jobs.results import Completed, LeaseLost, Result
from jobs.states import Outcome, Status
from jobs.supervisor.clock_watch import ClockWatch
from tests.jobs.conftest import Submit, beating
from tests.processes import lives

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]


def running(submit: Submit, **columns: object) -> tuple[Job, Claim]:
    job = submit("trial_sleep", name="a")
    claimed = claim.claim()
    assert claimed is not None
    Job.objects.filter(pk=job.pk).update(**columns)
    return job, claimed


def ago(seconds: float) -> datetime:
    return timezone.now() - timedelta(seconds=seconds)


def fresh(job: Job) -> Job:
    return Job.objects.get(pk=job.pk)


def test_a_silent_job_of_a_host_that_lives_is_a_zombie_first(submit: Submit) -> None:
    """A lease is 4.5 s here: its slot is free at once, the job itself is its own host's."""
    job, claimed = running(submit, host="elsewhere", heartbeat_at=ago(6))
    beating("elsewhere")
    assert sweep.sweep() == 0
    assert fresh(job).status == Status.ZOMBIE
    with pytest.raises(LeaseLost):
        settle(claimed, Completed("too late"))


def test_a_zombie_leaves_when_its_host_was_silent_for_two_leases(submit: Submit) -> None:
    job, _ = running(submit, host="elsewhere", heartbeat_at=ago(10))
    beating("elsewhere")
    assert sweep.sweep() == 1
    job = fresh(job)
    assert (job.status, job.failure_code) == (Status.RETRYING, "worker_lost")
    assert job.attempts.get().outcome == Outcome.WORKER_LOST


def test_the_work_of_a_host_that_is_silent_as_a_whole_goes_on_at_once(submit: Submit) -> None:
    """The pause before its retry counts from its last heartbeat: it has waited for a lease."""
    job, _ = running(submit, host="elsewhere", heartbeat_at=ago(6))
    beating("elsewhere", ago_s=5)
    assert sweep.sweep() == 1
    assert promotion.promote() == 1
    assert fresh(job).status == Status.PENDING


def test_a_job_that_its_living_worker_knows_nothing_of_goes_back_unharmed(
    submit: Submit, own_slots: slots.WorkerSlots, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After an outage: the answer to a claim was lost, and nothing wakes the worker since."""
    killed: list[int] = []
    monkeypatch.setattr(pids, "kill", killed.append)
    monkeypatch.setattr(pids, "own_pid", lambda: -1)
    job, _ = running(submit, heartbeat_at=ago(6))
    slot = own_slots.slots[0]
    slot.sit_down(fresh(job).pid or 0)
    assert sweep.sweep() == 1
    job = fresh(job)
    assert (job.status, job.crashes, job.retry_count, killed) == (Status.PENDING, 0, 0, [])
    assert job.attempts.get().outcome == Outcome.RELEASED


def test_a_job_that_cannot_be_recovered_keeps_no_other_from_it(
    submit: Submit, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bad, _ = running(submit, pid=None)
    good = submit("trial_sleep", name="b")
    assert claim.claim()
    Job.objects.filter(pk=good.pk).update(pid=None)
    real = sweep.recover

    def recover(job: Job, result: Result) -> bool:
        if job.pk == bad.pk:
            raise KeyError("of its own")
        return real(job, result)

    monkeypatch.setattr(sweep, "recover", recover)
    assert sweep.sweep() == 1
    assert (fresh(bad).status, fresh(good).status) == (Status.RUNNING, Status.RETRYING)
    assert f"Job {bad.pk} cannot be recovered" in caplog.text


@pytest.mark.parametrize("host", ["elsewhere", node.host_name()])
def test_a_worker_that_died_long_ago_is_lost_and_not_timed_out(submit: Submit, host: str) -> None:
    """Nobody ran for that long: the cause would be the wrong one, and no crash be counted."""
    job, _ = running(
        submit, host=host, pid=2**22 - 1, heartbeat_at=ago(900), attempt_started_at=ago(1000)
    )
    assert sweep.sweep() == 1
    assert (fresh(job).failure_code, fresh(job).crashes) == ("worker_lost", 1)


def test_a_lost_job_of_a_type_that_nobody_knows_is_recovered(submit: Submit) -> None:
    job, _ = running(submit, pid=None, job_type="of_tomorrow")
    assert sweep.sweep() == 1
    assert fresh(job).failure_code == "worker_lost"


def test_a_worker_that_hangs_past_its_lease_is_ended(submit: Submit) -> None:
    worker = subprocess.Popen(["sleep", "600"])
    job, _ = running(
        submit,
        heartbeat_at=ago(6),
        pid=worker.pid,
        pid_started_at=pids.start_of(worker.pid),
    )
    assert sweep.sweep() == 1
    worker.wait(timeout=10)
    assert not lives(worker.pid)
    assert fresh(job).status == Status.RETRYING


def test_twice_its_timeout_is_too_long_whatever_the_worker_says(submit: Submit) -> None:
    worker = subprocess.Popen(["sleep", "600"])
    job, _ = running(
        submit,
        attempt_started_at=ago(241),
        pid=worker.pid,
        pid_started_at=pids.start_of(worker.pid),
    )
    assert sweep.sweep() == 1
    worker.wait(timeout=10)
    assert fresh(job).attempts.get().outcome == Outcome.TIMED_OUT


def test_while_clocks_are_doubtful_only_a_dead_process_is_lost(submit: Submit) -> None:
    job, _ = running(submit, host="elsewhere", heartbeat_at=ago(1000))
    assert sweep.sweep(nobody_lost=True) == 0
    assert fresh(job).status == Status.RUNNING
    Job.objects.filter(pk=job.pk).update(host=node.host_name(), pid=2**22 - 1, pid_started_at=1.0)
    assert sweep.sweep(nobody_lost=True) == 1


def test_a_clock_that_jumps_is_not_believed_for_one_lease() -> None:
    clock = ClockWatch()
    assert not clock.is_doubtful(timezone.now(), late=False)
    assert not clock.is_doubtful(timezone.now(), late=False)
    assert clock.is_doubtful(timezone.now() + timedelta(hours=1), late=False)


def test_a_sweep_that_came_late_declares_nobody_lost() -> None:
    clock = ClockWatch()
    clock.is_doubtful(timezone.now(), late=False)
    assert clock.is_doubtful(timezone.now(), late=True)


def test_another_programs_process_is_never_killed(submit: Submit) -> None:
    """After a reboot the pids in the row belong to somebody else."""
    stranger = subprocess.Popen(["sleep", "600"], start_new_session=True)
    try:
        running(
            submit,
            heartbeat_at=ago(6),
            pid=stranger.pid,
            pid_started_at=1.0,
            child_pid=stranger.pid,
        )
        assert sweep.sweep() == 1
        assert lives(stranger.pid)
    finally:
        stranger.kill()
        stranger.wait()


def test_a_job_without_progress_is_stuck_after_its_kinds_time(submit: Submit) -> None:
    job, _ = running(submit, progress_at=ago(119))
    assert sweep.stuck(timezone.now()) == []
    Job.objects.filter(pk=job.pk).update(progress_at=ago(121))
    assert [each.pk for each in sweep.stuck(timezone.now())] == [job.pk]


def test_the_row_of_a_killed_supervisor_is_forgotten() -> None:
    for name, age in (("gone", 20 * 4.5 + 5), ("alive", 1)):
        Node.objects.create(
            name=name,
            host=name,
            pid=1,
            version="0",
            workers=1,
            started_at=ago(1000),
            heartbeat_at=ago(age),
        )
    sweep.forget_dead_nodes()
    assert [node.name for node in Node.objects.all()] == ["alive"]

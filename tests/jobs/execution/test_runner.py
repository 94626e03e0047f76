"""One attempt, from its claim to the row that tells how it ended."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from jobs import queue
from jobs.execution import attempt, claim, runner, takeover
from jobs.execution.settlement import settle
from jobs.logs import reader
from jobs.models import Attempt, Job
from jobs.processes import child_process, slots
from jobs.processes.child_process import ChildEnd, Event
from jobs.progress import Progress
from jobs.queue import families
from jobs.recovery import promotion, sweep
from jobs.results import Cancelled, Completed, Failed, LeaseLost, Released, Result
from jobs.states import Outcome, Status, WaitFor
from tests.jobs.conftest import Submit
from tests.working import link

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]
RunAll = Callable[[], int]


def fresh(job: Job) -> Job:
    return Job.objects.get(pk=job.pk)


def make_due() -> None:
    """Brings every later time to now, as waiting would."""
    past = timezone.now() - timedelta(seconds=1)
    Job.objects.filter(status=Status.RETRYING).update(next_retry_at=past)
    Job.objects.filter(status=Status.WAITING, wait_for=WaitFor.TIME).update(run_at=past)
    promotion.promote()


def test_a_finished_job_has_one_attempt_row_and_no_worker(submit: Submit, run_all: RunAll) -> None:
    job = submit("trial_sleep", name="a")
    run_all()
    job = fresh(job)
    assert (job.status, job.progress_message) == (Status.COMPLETED, "Slept well.")
    assert job.completed_at
    assert (job.worker_id, job.heartbeat_at) == ("", None)
    attempt = job.attempts.get()
    assert (attempt.number, attempt.lease, attempt.outcome) == (1, 1, Outcome.COMPLETED)
    assert "Sleeping." in attempt.log_tail


def test_a_job_that_writes_nothing_makes_no_log_folder(submit: Submit, run_all: RunAll) -> None:
    job = submit("noop")
    run_all()
    assert not fresh(job).log_folder.exists()


def test_a_log_folder_tells_what_happened(submit: Submit, run_all: RunAll) -> None:
    job = submit("trial_fail", name="a", code="read_timeout")
    run_all()
    folder = fresh(job).log_folder
    assert folder.name == f"job_{job.pk:06d}_trial_fail"
    summary = (folder / "summary.txt").read_text()
    assert "outcome failed, job retrying" in summary
    assert "as it was told to" in summary


def test_retries_grow_until_they_are_used_up(submit: Submit, run_all: RunAll) -> None:
    job = submit("trial_fail", name="a", code="read_timeout")
    for retry in (1, 2, 3):
        run_all()
        assert (fresh(job).status, fresh(job).retry_count) == (Status.RETRYING, retry)
        make_due()
    run_all()
    job = fresh(job)
    assert job.status == Status.DEAD_LETTER
    assert "It failed again after 3 retries." in job.dead_letter_reason
    assert job.moved_to_dead_letter_at
    assert [each.number for each in job.attempts.all()] == [1, 2, 3, 4]


def test_a_permanent_failure_is_never_retried(submit: Submit, run_all: RunAll) -> None:
    job = submit("trial_fail", name="a", code="video_private")
    run_all()
    job = fresh(job)
    assert (job.status, job.failure_code) == (Status.DEAD_LETTER, "video_private")
    assert job.retryable is False
    assert job.attempts.count() == 1


def test_a_job_that_may_not_retry_ends_as_failed(submit: Submit, run_all: RunAll) -> None:
    job = submit("trial_fail", name="a", code="read_timeout", options=queue.Options(max_retries=0))
    run_all()
    assert fresh(job).status == Status.FAILED


def test_success_heals_what_an_earlier_attempt_said(submit: Submit, run_all: RunAll) -> None:
    job = submit("trial_fail", name="a", code="read_timeout", times=1)
    run_all()
    make_due()
    run_all()
    job = fresh(job)
    assert job.status == Status.COMPLETED
    assert (job.failure_code, job.error_message) == ("", "")


@pytest.mark.parametrize(
    ("code", "status", "outcome"),
    [
        ("premiere", Status.WAITING, Outcome.SNOOZED),
        ("bot_check", Status.PENDING, Outcome.HELD),
    ],
)
def test_waiting_for_others_costs_no_attempt(
    submit: Submit, run_all: RunAll, code: str, status: Status, outcome: Outcome
) -> None:
    job = submit("trial_fail", name="a", code=code)
    run_all()
    job = fresh(job)
    assert (job.status, job.retry_count, job.attempt_number) == (status, 0, 0)
    assert job.attempts.get().outcome == outcome


@pytest.mark.parametrize(
    "result",
    [
        Released("The node is stopping."),
        Failed("connection_reset", ""),
        Failed("bot_check", ""),
        Failed("database_unavailable", ""),
    ],
)
def test_a_job_that_goes_back_forgets_how_far_it_came(submit: Submit, result: Result) -> None:
    job = submit("trial_sleep", name="a")
    claimed = claim.claim()
    assert claimed is not None
    Job.objects.update(**Progress(5, 9, "5 of 9 MB", speed=3, left_s=2).columns())
    settle(claimed, result)
    job = fresh(job)
    assert (job.progress_current, job.progress_total, job.progress_message) == (0, None, "")
    assert job.progress == Progress()


@pytest.mark.parametrize("result", [Completed(), Failed("video_private", ""), Cancelled("")])
def test_a_job_that_has_ended_has_no_speed_and_no_time_left(submit: Submit, result: Result) -> None:
    job = submit("trial_sleep", name="a")
    claimed = claim.claim()
    assert claimed is not None
    Job.objects.update(**Progress(5, 9, speed=3, left_s=2).columns())
    settle(claimed, result)
    assert fresh(job).progress == Progress(5, 9)


def test_what_a_child_tells_of_its_progress_is_on_the_row_and_in_the_log(
    submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempt, "LOOK_AT_ROW_S", 0)
    told = {"current": 1_200_000, "total": 34_500_000, "speed": 5_100_000.4, "left_s": 7}

    def run(*_: object, on_event: Callable[[Event], None], **__: object) -> ChildEnd:
        on_event({"event": "progress", "message": "", **told})
        return ChildEnd(result={})

    monkeypatch.setattr(child_process, "run", run)
    job = submit("trial_sleep", name="a")
    claimed = claim.claim()
    assert claimed is not None
    work = attempt.Work.of(claimed)
    work.run_child("tests.children.answer", {})
    work.log.close()
    found = fresh(job)
    assert found.progress == Progress(1_200_000, 34_500_000, speed=5_100_000, left_s=7)
    log = reader.read_tail(job.log_folder, 1, "progress", size=200)
    assert log.endswith(" 1.2 of 34.5 MB at 5.1 MB/s, 7 s left\n")


def test_the_same_sentence_is_not_said_twice(submit: Submit) -> None:
    submit("trial_sleep", name="a")
    claimed = claim.claim()
    assert claimed is not None
    said = settle(claimed, Failed("members_only", "")).sentence
    assert said == "Dead letter: The video is for members of the channel."


def test_a_bug_in_a_worker_is_a_failed_attempt_with_its_traceback(
    submit: Submit, run_all: RunAll, caplog: pytest.LogCaptureFixture
) -> None:
    job = submit("trial_break", name="a")
    run_all()
    job = fresh(job)
    assert (job.status, job.failure_code) == (Status.RETRYING, "internal_error")
    assert "RuntimeError: a bug in a worker" in job.last_error_traceback
    stderr = reader.read_tail(job.log_folder, 1, "stderr", size=5000)
    assert "RuntimeError: a bug in a worker" in stderr


def test_a_job_ends_at_its_deadline(submit: Submit, run_all: RunAll) -> None:
    job = submit("trial_short", name="a", seconds=30)
    run_all()
    job = fresh(job)
    assert (job.status, job.failure_code) == (Status.RETRYING, "timed_out")
    assert job.attempts.get().outcome == Outcome.TIMED_OUT


def test_whoever_lost_the_lease_writes_nothing(submit: Submit) -> None:
    job = submit("noop")
    old = claim.claim()
    assert old
    assert takeover.end_attempt(fresh(job), Released("taken away"))
    new = claim.claim()
    assert new
    assert new.lease == 2
    with pytest.raises(LeaseLost):
        settle(old, Completed("late"))
    assert settle(new, Completed("in time")).status is Status.COMPLETED
    assert [each.lease for each in Attempt.objects.order_by("lease")] == [1, 2]


def test_a_drained_node_claims_nothing(submit: Submit, own_slots: slots.WorkerSlots) -> None:
    job = submit("noop")
    own_slots.drain()
    runner.wake_up()
    assert fresh(job).status == Status.PENDING


@pytest.mark.usefixtures("own_slots")
def test_a_wake_up_drains_the_queue(submit: Submit) -> None:
    for _ in range(7):
        submit("noop")
    runner.wake_up()
    assert Job.objects.filter(status=Status.COMPLETED).count() == 7
    assert slots.mine().is_idle


def family(submit: Submit, *codes: str) -> tuple[Job, list[Job]]:
    """A parent that waits for children, each failing with its code, or completing for ""."""
    parent = submit("noop", name="parent")
    Job.objects.filter(pk=parent.pk).update(status=Status.WAITING, wait_for=WaitFor.CHILDREN)
    children = [
        submit("trial_fail", name=f"child {i}", code=code or "unknown", times=None if code else 0)
        for i, code in enumerate(codes)
    ]
    for child in children:
        link(parent.pk, child.pk)
    return parent, children


def test_a_parent_completes_when_all_its_children_did(submit: Submit, run_all: RunAll) -> None:
    parent, _ = family(submit, "", "", "")
    run_all()
    parent = fresh(parent)
    assert (parent.status, parent.progress_message) == (Status.COMPLETED, "3 of 3")


def test_a_parent_fails_with_its_children_and_is_repaired_with_them(
    submit: Submit, run_all: RunAll
) -> None:
    parent, (_, bad) = family(submit, "", "video_private")
    run_all()
    assert (fresh(parent).status, fresh(parent).failure_code) == (Status.FAILED, "children_failed")
    assert fresh(parent).progress_message == "1 of 2, 1 failed"
    Job.objects.filter(pk=bad.pk).update(parameters={"name": "child 1", "code": "x", "times": 0})
    queue.retry(fresh(bad))
    run_all()
    assert (fresh(parent).status, fresh(parent).failure_code) == (Status.COMPLETED, "")


def test_retrying_a_failed_parent_retries_its_failed_children(
    submit: Submit, run_all: RunAll
) -> None:
    parent, (good, bad) = family(submit, "", "video_private")
    run_all()
    queue.retry(fresh(parent))
    assert (fresh(parent).status, fresh(parent).wait_for) == (Status.WAITING, WaitFor.CHILDREN)
    assert (fresh(good).status, fresh(bad).status) == (Status.COMPLETED, Status.PENDING)


def test_a_child_put_off_does_not_keep_its_parent_waiting(submit: Submit, run_all: RunAll) -> None:
    parent, _ = family(submit, "", "premiere")
    run_all()
    parent = fresh(parent)
    assert (parent.status, parent.progress_message) == (Status.COMPLETED, "1 of 2, 1 later")


def test_the_sweep_finishes_a_parent_that_a_crash_left_waiting(submit: Submit) -> None:
    parent, children = family(submit, "")
    Job.objects.filter(pk=children[0].pk).update(status=Status.COMPLETED)
    assert families.unfinished() == [parent.pk]
    sweep.sweep()
    assert fresh(parent).status == Status.COMPLETED


def test_what_is_due_later_is_promoted_when_its_time_has_come(
    submit: Submit, run_all: RunAll
) -> None:
    later = timezone.now() + timedelta(hours=1)
    job = submit("noop", options=queue.Options(run_at=later))
    assert promotion.promote() == 0
    make_due()
    run_all()
    assert fresh(job).status == Status.COMPLETED


def test_a_job_of_a_dead_worker_is_recovered_and_the_crash_counted(submit: Submit) -> None:
    job = submit("trial_sleep", name="a")
    assert claim.claim()
    Job.objects.filter(pk=job.pk).update(pid=2**22 - 1, pid_started_at=1.0)
    assert sweep.sweep() == 1
    job = fresh(job)
    assert (job.status, job.failure_code, job.crashes) == (Status.RETRYING, "worker_lost", 1)
    assert job.attempts.get().outcome == Outcome.WORKER_LOST


def test_a_job_of_a_living_worker_is_left_alone(submit: Submit) -> None:
    submit("trial_sleep", name="a")
    assert claim.claim()
    assert sweep.sweep() == 0


def test_a_silent_job_of_another_host_is_lost_after_its_lease(
    submit: Submit, settings: pytest.FixtureRequest
) -> None:
    job = submit("trial_sleep", name="a")
    assert claim.claim()
    Job.objects.filter(pk=job.pk).update(host="elsewhere")
    assert sweep.sweep() == 0
    Job.objects.filter(pk=job.pk).update(heartbeat_at=timezone.now() - timedelta(minutes=5))
    assert sweep.sweep(nobody_lost=True) == 0
    assert sweep.sweep() == 1


def test_the_third_crash_puts_a_poison_job_aside(submit: Submit) -> None:
    job = submit("trial_sleep", name="a")
    for crash in (1, 2, 3):
        assert claim.claim()
        Job.objects.filter(pk=job.pk).update(pid=2**22 - 1, pid_started_at=1.0)
        sweep.sweep()
        assert fresh(job).crashes == crash
        make_due()
    assert fresh(job).status == Status.DEAD_LETTER
    assert "died 3 times" in fresh(job).dead_letter_reason


def test_released_work_costs_no_attempt(submit: Submit) -> None:
    job = submit("trial_sleep", name="a")
    claimed = claim.claim()
    assert claimed
    assert takeover.release(claimed.worker_id.rpartition("/")[0]) == 1
    job = fresh(job)
    assert (job.status, job.attempt_number, job.retry_count) == (Status.PENDING, 0, 0)
    assert job.attempts.get().outcome == Outcome.RELEASED


def test_the_sweep_heals_a_repaired_parent_that_nobody_told(
    submit: Submit, run_all: RunAll
) -> None:
    parent, (_, bad) = family(submit, "", "video_private")
    run_all()
    Job.objects.filter(pk=bad.pk).update(status=Status.COMPLETED)
    sweep.sweep()
    assert fresh(parent).status == Status.COMPLETED


def test_no_secret_and_no_nul_reach_the_rows(submit: Submit) -> None:
    job = submit("trial_sleep", name="a")
    claimed = claim.claim()
    assert claimed
    said = "via http://user:hunter2@proxy\0 Cookie: SID=abcdef"
    settle(claimed, Failed("internal_error", said, traceback=said))
    job = fresh(job)
    attempt = job.attempts.get()
    for text in (job.error_message, job.last_error_traceback, attempt.traceback):
        assert "hunter2" not in text
        assert "abcdef" not in text
        assert "\0" not in text

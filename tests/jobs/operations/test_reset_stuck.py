"""The predecessor's morning: what hung for three days is told apart by one command."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from jobs.execution import claim
from jobs.execution.attempt import Work
from jobs.failures import failure
from jobs.models import Job
from jobs.monitoring import failure_groups
from jobs.operations import reset_stuck
from jobs.states import Status
from tests.jobs.conftest import Submit

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]

RETRYABLE = ["read_timeout"] * 4 + ["server_error"] * 3 + ["connection_reset"] * 3
PERMANENT = ["video_private", "video_removed", "members_only"]


def three_days_ago() -> object:
    return timezone.now() - timedelta(days=3)


def the_morning(submit: Submit) -> None:
    """3 downloads stuck for three days, and 13 failures."""
    for i in range(3):
        submit("trial_sleep", name=f"stuck {i}")
        claim.claim()
    Job.objects.running().update(
        heartbeat_at=three_days_ago(),
        progress_at=three_days_ago(),
        attempt_started_at=three_days_ago(),
        pid=2**22 - 1,
    )
    for i, code in enumerate(RETRYABLE + PERMANENT):
        job = submit("noop", name=f"failed {i}")
        row = failure(code)
        Job.objects.filter(pk=job.pk).update(
            status=Status.DEAD_LETTER,
            failure_code=code,
            failure_type=str(row.type),
            error_message=f"{row.sentence} ({i})",
            completed_at=timezone.now(),
        )


def test_three_stuck_and_thirteen_failed_become_sixteen_failures_by_cause(
    submit: Submit, capsys: pytest.CaptureFixture[str]
) -> None:
    the_morning(submit)
    call_command("cleanup_stuck_jobs", "--json")
    report = json.loads(capsys.readouterr().out)
    before, after = report["before"], report["after"]
    assert (before["stuck"], before["failed"]) == (3, 13)
    assert (report["found"], report["reset"], report["left_alone"]) == (3, 3, [])
    assert after["stuck"] == 0
    assert (after["failed"], after["retryable"], after["permanent"]) == (16, 13, 3)
    assert {each["failure_code"]: each["count"] for each in after["patterns"]} == {
        "read_timeout": 4,
        "server_error": 3,
        "connection_reset": 3,
        "worker_lost": 3,
        "video_private": 1,
        "video_removed": 1,
        "members_only": 1,
    }


def test_a_dry_run_changes_nothing(submit: Submit, capsys: pytest.CaptureFixture[str]) -> None:
    the_morning(submit)
    call_command("cleanup_stuck_jobs", "--dry-run")
    assert "3 would be reset (dry run)." in capsys.readouterr().out
    assert Job.objects.running().count() == 3


def test_the_report_reads_well_at_night(submit: Submit, capsys: pytest.CaptureFixture[str]) -> None:
    the_morning(submit)
    call_command("cleanup_stuck_jobs")
    said = capsys.readouterr().out
    assert "Before: 3 stuck, 13 failed (10 retryable, 3 permanent)." in said
    assert "3 of 3 reset." in said
    assert "After: 0 stuck, 16 failed (13 retryable, 3 permanent)." in said
    assert "4 × read_timeout (retryable)" in said


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("[youtube] dQw4w9WgXcQ: HTTP Error 503", "[youtube] a-b_c0D1e2F: HTTP Error 502"),
        (
            "Worker vm:12/34 was gone; last 2026-11-21 20:00:00 UTC.",
            "Worker vm:99/1 was gone; last 2026-11-22 21:00:01 UTC.",
        ),
        ("No space at /data/media/a.mp4", "No space at /data/media/b/c.mp4"),
    ],
)
def test_messages_of_one_cause_are_one_pattern(one: str, other: str) -> None:
    assert failure_groups.normalise(one) == failure_groups.normalise(other)


def test_messages_of_different_causes_stay_apart() -> None:
    assert failure_groups.normalise("Private video.") != failure_groups.normalise(
        "Video unavailable."
    )


def test_what_moves_without_a_number_to_show_is_not_stuck(submit: Submit) -> None:
    job = submit("trial_sleep", name="a")
    claimed = claim.claim()
    assert claimed is not None
    work = Work.of(claimed)

    def beat() -> bool:
        """Whether the job counts as stuck after a beat, with no progress noted for hours."""
        long_ago = timezone.now() - timedelta(hours=2)
        Job.objects.filter(pk=job.pk).update(progress_at=long_ago)
        work._beat_at -= 60
        work._looked_at -= 60
        work.check()
        return bool(reset_stuck.candidates())

    work.moved()
    assert not beat()
    work._moved_at -= 90
    assert beat()

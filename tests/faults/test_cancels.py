"""A cancel is final within 10 s: the whole process tree ends, no partial file stays, once only."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from django.conf import settings

from jobs import queue
from jobs.models import Attempt, Job
from jobs.queue import refusals
from jobs.states import Outcome, Status
from tests.cluster import running
from tests.faults.conftest import Notes
from tests.faults.jobs import fresh, submit, until_all_ended, until_ended
from tests.faults.scale import dice, scale
from tests.processes import still_living, until
from tests.youtube import LoopbackYouTube

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.both_databases,
    pytest.mark.end_to_end,
    pytest.mark.timeout(1200),
    pytest.mark.promise(12),
]
FINAL_WITHIN_S = 10.0


def test_random_cancels_end_child_and_grandchild(tmp_path: Path, notes: Notes) -> None:
    many, by, slowest = scale(bounded=6, long=200), dice("cancels"), 0.0
    with running() as cluster:
        for start in range(0, many, 3):
            ledgers = [tmp_path / str(i) for i in range(start, min(start + 3, many))]
            jobs = [
                submit("trial_child", name=each.name, seconds=600, ledger=str(each))
                for each in ledgers
            ]
            time.sleep(by.uniform(0, 1))
            began = time.monotonic()
            for job in by.sample(jobs, len(jobs)):
                queue.cancel(job)
            for job in jobs:
                assert until_ended(job, within_s=FINAL_WITHIN_S).status == Status.CANCELLED
            slowest = max(slowest, time.monotonic() - began)
            family = [pid for each in ledgers for pid in pids(each)]
            until_gone(family)
            assert_one_end(jobs)
        assert cluster.stop() == 0
        assert cluster.leftovers() == []
    notes.say("cancel of jobs with child and grandchild", many, f"final within {slowest:.1f} s")


def until_gone(family: list[int]) -> None:
    until(lambda: not still_living(family), within_s=1, what="their end")


def pids(ledger: Path) -> list[int]:
    lines = ledger.read_text().splitlines() if ledger.exists() else []
    return [int(line.split()[1]) for line in lines]


def assert_one_end(jobs: list[Job]) -> None:
    """None where it was cancelled before it was claimed."""
    for job in jobs:
        outcomes = list(job.attempts.values_list("outcome", flat=True))
        assert outcomes in ([], [Outcome.CANCELLED]), outcomes


def test_a_cancelled_download_leaves_no_partial_file(notes: Notes) -> None:
    many, by = scale(bounded=3, long=30), dice("downloads")
    with LoopbackYouTube() as youtube:
        channel = youtube.catalogue.add_channel("Slow", videos=many, bytes=2_000_000)
        youtube.bytes_per_second = 100_000
        extra = {"WORKERS": "4", "LANE_DOWNLOAD": "3"}
        with running(**{**youtube.environment(), **extra}) as cluster:
            for video in channel.videos:
                submit("single_video_download", video_id=video.video_id)
            until(lambda: partial_files(), what="the first bytes")
            for job in by.sample(list(Job.objects.all()), many):
                time.sleep(by.uniform(0, 0.5))
                queue.cancel(job)
                assert until_ended(job, within_s=FINAL_WITHIN_S).status == Status.CANCELLED
            assert cluster.named("vm-child") == []
            assert cluster.stop() == 0
    assert all_files() == []
    notes.say("cancel of downloads under way", many, "no file and no process left")


def all_files() -> list[Path]:
    """Whatever lies in the media root, save the volume's own marker."""
    root = Path(settings.MEDIA_ROOT)
    return [path for path in root.rglob("*") if path.is_file() and path.name != "volume"]


def partial_files() -> list[Path]:
    return [path for path in all_files() if path.stat().st_size > 0]


def test_a_cancel_that_races_with_the_end_has_one_end(notes: Notes) -> None:
    """Whatever answer the operator got holds: cancelled means never again, and one row tells it."""
    many, by = scale(bounded=16, long=400), dice("race")
    accepted = []
    with running() as cluster:
        for i in range(many):
            failing = i % 2
            job = (
                submit("trial_fail", name=str(i), seconds=0.1, code="read_timeout")
                if failing
                else submit("trial_sleep", name=str(i), seconds=0.1)
            )
            time.sleep(by.uniform(0.05, 0.2))
            if was_cancelled(job):
                accepted.append(job)
        queue_rest()
        until_all_ended()
        assert cluster.stop() == 0
    for job in accepted:
        outcomes = list(job.attempts.order_by("lease").values_list("outcome", flat=True))
        if fresh(job).status == Status.COMPLETED:
            assert outcomes[-1] == Outcome.COMPLETED
        else:
            assert fresh(job).status == Status.CANCELLED, (fresh(job).status, outcomes)
    ended = Attempt.objects.filter(outcome__in=[Outcome.COMPLETED, Outcome.CANCELLED])
    assert ended.count() == ended.values("job_id").distinct().count()
    notes.say("cancel at the moment of the end", many, "exactly one end each")


def was_cancelled(job: Job) -> bool:
    try:
        queue.cancel(fresh(job))
    except refusals.NotPossible:
        return False
    return True


def queue_rest() -> None:
    """Those that went on failing have had their say."""
    for job in Job.objects.filter(status=Status.RETRYING):
        was_cancelled(job)

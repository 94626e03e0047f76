"""The media root fills up, or goes away: work that writes pauses, and goes on by itself."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from channels_app.models import Track
from channels_app.states import State
from jobs.models import Attempt, Job, Lane
from jobs.states import Outcome, Status
from tests.cluster import QCLUSTER, Cluster, running
from tests.faults.conftest import Notes
from tests.faults.jobs import fresh, submit, until_status
from tests.processes import until
from tests.youtube import LoopbackYouTube

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.both_databases,
    pytest.mark.end_to_end,
    pytest.mark.timeout(300),
    pytest.mark.promise(11),
]
PRIVATE = ("unshare", "--mount", "--propagation", "private", "sh", "-c")


@pytest.fixture(autouse=True)
def may_mount() -> None:
    if subprocess.run([*PRIVATE, "true"], capture_output=True).returncode:
        pytest.skip("mounting a small disk of the test's own needs root and unshare")


@pytest.fixture
def youtube() -> Iterator[LoopbackYouTube]:
    with LoopbackYouTube() as youtube:
        youtube.catalogue.add_channel("Garden", videos=2, bytes=3_000_000)
        yield youtube


def mounted(options: str) -> tuple[str, ...]:
    """qcluster where MEDIA_ROOT is a mount that only its own process tree sees."""
    return (*PRIVATE, f'mount {options} "$MEDIA_ROOT" && exec {" ".join(QCLUSTER)}')


def video(youtube: LoopbackYouTube, number: int) -> Job:
    found = youtube.catalogue.channels()[0].videos[number]
    return submit("single_video_download", video_id=found.video_id)


def held(cause: str) -> bool:
    lane = Lane.objects.get(name="download")
    return lane.hold_cause == cause and bool(lane.hold_reason) and lane.hold_since is not None


def test_a_full_disk_holds_downloads_until_there_is_room(
    youtube: LoopbackYouTube, notes: Notes
) -> None:
    """16 MB with room for a third of a video: it is met in the middle of the download."""
    extra = {**youtube.environment(), "MIN_FREE_DISK": "0", "MEDIA_ROOT": str(settings.MEDIA_ROOT)}
    with running(command=mounted("-t tmpfs -o size=16m tmpfs"), **extra) as cluster:
        filler = seen_from(cluster, Path(settings.MEDIA_ROOT)) / "filler"
        filler.write_bytes(b"x" * 15_000_000)
        job = video(youtube, 0)
        until(lambda: Attempt.objects.exists(), within_s=60, what="a first attempt")
        first = Attempt.objects.order_by("lease")[0]
        assert (first.outcome, first.failure_code) == (Outcome.HELD, "disk_full")
        filler.unlink()
        job = until_status(job, Status.COMPLETED, within_s=90)
        assert cluster.stop() == 0
    assert Track.objects.get().state == State.AVAILABLE
    notes.say("a disk that fills up under a download", 1, "held, and completed once there was room")


def test_a_disk_below_the_floor_spends_nobodys_attempt(
    youtube: LoopbackYouTube, notes: Notes
) -> None:
    floor = {"MIN_FREE_DISK": "8000000", "MEDIA_ROOT": str(settings.MEDIA_ROOT)}
    with running(
        command=mounted("-t tmpfs -o size=24m tmpfs"), **youtube.environment(), **floor
    ) as cluster:
        filler = seen_from(cluster, Path(settings.MEDIA_ROOT)) / "filler"
        filler.write_bytes(b"x" * 20_000_000)
        until(lambda: held("disk"), what="the hold")
        job = video(youtube, 0)
        until_status(submit("noop", name="beside it"), Status.COMPLETED)
        assert (fresh(job).status, job.attempts.count()) == (Status.PENDING, 0)
        filler.unlink()
        job = until_status(job, Status.COMPLETED, within_s=90)
        assert cluster.stop() == 0
    assert [each.outcome for each in job.attempts.all()] == [Outcome.COMPLETED]
    notes.say("a disk below MIN_FREE_DISK", 1, "held without an attempt, completed afterwards")


def test_an_unmounted_media_root_holds_downloads_until_it_is_back(
    youtube: LoopbackYouTube, tmp_path: Path, notes: Notes
) -> None:
    root = Path(settings.MEDIA_ROOT)
    bind = f"--bind {tmp_path}"
    extra = {**youtube.environment(), "MEDIA_ROOT": str(root)}
    with running(command=mounted(bind), **extra) as cluster:
        until_status(video(youtube, 0), Status.COMPLETED, within_s=90)
        inside(cluster, "umount", "--lazy", str(root))
        until(lambda: held("media_root"), what="the hold")
        job = video(youtube, 1)
        until_status(submit("noop", name="beside it"), Status.COMPLETED)
        assert (fresh(job).status, job.attempts.count()) == (Status.PENDING, 0)
        inside(cluster, "mount", *bind.split(), str(root))
        job = until_status(job, Status.COMPLETED, within_s=90)
        assert cluster.stop() == 0
    assert [each.outcome for each in job.attempts.all()] == [Outcome.COMPLETED]
    assert [path for path in root.rglob("*") if path.is_file()] == []
    assert len(list(tmp_path.rglob("*.mp4"))) == 2
    notes.say("the media root unmounted", 1, "held without an attempt, completed afterwards")


def seen_from(cluster: Cluster, path: Path) -> Path:
    """A path as the cluster's own mounts have it."""
    return Path(f"/proc/{cluster.process.pid}/root") / path.relative_to("/")


def inside(cluster: Cluster, *command: str) -> None:
    """In the mount namespace of its whole tree."""
    target = ["nsenter", "--mount", "--target", str(cluster.process.pid)]
    subprocess.run([*target, *command], check=True, timeout=30, cwd=os.sep)

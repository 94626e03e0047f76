"""A channel goes in, a library comes out: the real qcluster, yt-dlp and ffmpeg."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from django.conf import settings

from channels_app.models import Channel, Track, TrackFile
from channels_app.states import State
from jobs import queue
from jobs.models import Job
from jobs.states import FAILED_ALIKE, FINAL, Status, WaitFor
from tests.cluster import Cluster, running
from tests.faults.scale import scale
from tests.processes import still_living, until
from tests.youtube import Fault, LoopbackYouTube

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.end_to_end]


@pytest.fixture
def youtube() -> Iterator[LoopbackYouTube]:
    with LoopbackYouTube() as youtube:
        yield youtube


def cluster_for(youtube: LoopbackYouTube, **extra: str) -> AbstractContextManager[Cluster]:
    return running(**{**youtube.environment(), "WORKERS": "5", **extra})


def channel_job(handle: str) -> Job:
    return queue.submit(
        "channel_download", {"channel_url": f"https://www.youtube.com/@{handle}"}
    ).job


def until_ended(job: Job, *, within_s: float = 150) -> Job:
    """Ended, and nothing of its family is still on its way by itself, save what is put off."""
    until(
        lambda: Job.objects.filter(pk=job.pk, status__in=sorted(FINAL)).exists(),
        within_s=within_s,
        what=f"the end of {job}",
    )
    return Job.objects.get(pk=job.pk)


def published() -> list[Path]:
    root = Path(settings.MEDIA_ROOT)
    return [path for path in root.rglob("*") if path.is_file() and ".videomind" not in path.parts]


@pytest.mark.timeout(400)
def test_a_channel_with_shorts_arrives_whole(youtube: LoopbackYouTube) -> None:
    """In the long form 37 videos and 80 shorts: 117 tracks, and counters that say 117."""
    videos, shorts = scale(bounded=(7, 13), long=(37, 80))
    both = videos + shorts
    youtube.catalogue.add_channel("Garden", videos, shorts)
    with cluster_for(youtube, LANE_DOWNLOAD="4") as cluster:
        job = until_ended(channel_job("Garden"), within_s=240)
        assert (job.status, job.progress_message) == (Status.COMPLETED, f"{both} of {both}")
        assert Track.objects.filter(state=State.AVAILABLE).count() == Track.objects.count() == both
        [row] = Channel.objects.with_counters()
        assert (row.track_count, row.available_count) == (both, both)
        children = Job.objects.filter(parent=job)
        assert children.filter(status=Status.COMPLETED).count() == children.count() == both
        assert all((child.log_folder / "job.log").is_file() for child in children)
        media = TrackFile.objects.filter(kind="video")
        assert media.count() == media.values("sha256").distinct().count() == both
        on_disk = {str(path.relative_to(settings.MEDIA_ROOT)) for path in published()}
        assert on_disk == set(TrackFile.objects.values_list("relative_path", flat=True))

        youtube.counters.reset()
        again = until_ended(channel_job("Garden"))
        assert again.status == Status.COMPLETED
        assert f"{both} of {both}" in again.progress_message
        assert youtube.counters.total("media") == 0
        assert Job.objects.filter(parent=again).count() == 0
        assert Channel.objects.count() == 1
        assert cluster.stop() == 0


PERMANENT = {
    Fault.PRIVATE: "video_private",
    Fault.REMOVED: "video_removed",
    Fault.TERMINATED: "account_terminated",
    Fault.COPYRIGHT: "copyright_blocked",
    Fault.GEO: "geo_blocked",
    Fault.MEMBERS: "members_only",
    Fault.MEMBERS_LEVEL: "members_only",
    Fault.PREMIUM: "premium_only",
    Fault.AGE: "age_restricted",
    Fault.TOS: "tos_removed",
    Fault.MEDIA_403: "youtube_blocked",
    Fault.PAID: "payment_required",
    Fault.DRM: "drm_protected",
}
# Without the server error: yt-dlp waits for 7 s twice in each attempt; tests/loopback has it.
RETRYABLE = {
    Fault.MEDIA_SHORT: "short_media",
    Fault.MEDIA_HTML: "bad_answer",
    Fault.NO_FORMATS: "no_formats",
}
WAITING = {
    Fault.PREMIERE: "premiere",
    Fault.UPCOMING: "live_not_started",
    Fault.PROCESSING: "still_processing",
}


@pytest.mark.timeout(300)
def test_failures_are_told_apart_and_the_others_arrive(youtube: LoopbackYouTube) -> None:
    faults = PERMANENT | RETRYABLE | WAITING
    channel = youtube.catalogue.add_channel("Trouble", videos=len(faults) + 3)
    ill = dict(zip(faults, (video.video_id for video in channel.videos), strict=False))
    for fault, video_id in ill.items():
        youtube.fault(video_id, fault)
    with cluster_for(youtube, MAX_RETRIES="1", ENGINE_TIME_SCALE="0.05"):
        parent = until_ended(channel_job("Trouble"), within_s=200)
    assert parent.status == Status.FAILED
    expected = len(PERMANENT) + len(RETRYABLE)
    assert f"{expected} failed" in parent.progress_message
    assert f"{len(WAITING)} later" in parent.progress_message
    assert Track.objects.filter(state=State.AVAILABLE).count() == 3
    for fault, video_id in ill.items():
        job = Job.objects.get(job_type="single_video_download", target=video_id)
        assert job.failure_code == faults[fault], fault
        assert job.error_message
        assert job.failure is not None
        assert job.failure.action
        if fault in WAITING:
            assert (job.status, job.wait_for) == (Status.WAITING, WaitFor.TIME)
            continue
        assert job.status in FAILED_ALIKE
        asked = 1 if fault in PERMANENT else 2
        assert job.attempts.count() == asked


def test_a_killed_or_cancelled_download_leaves_nothing_behind(youtube: LoopbackYouTube) -> None:
    """The child, then ffmpeg's whole group by a cancel: no process, no file outside staging."""
    channel = youtube.catalogue.add_channel("Slow", videos=1, bytes=3_000_000)
    youtube.bytes_per_second = 100_000
    video = channel.videos[0].video_id
    with cluster_for(youtube) as cluster:
        job = queue.submit("single_video_download", {"video_id": video}).job
        child = until(lambda: cluster.named("vm-child"), what="the child")[0]
        os.kill(child, signal.SIGKILL)
        until(lambda: Job.objects.get(pk=job.pk).attempts.exists(), what="the failed attempt")
        assert Job.objects.get(pk=job.pk).attempts.get().failure_code == "child_killed"
        until(lambda: cluster.named("vm-child"), what="the next attempt's child")
        family = cluster.named("vm-child")
        queue.cancel(Job.objects.get(pk=job.pk))
        assert until_ended(job, within_s=10).status == Status.CANCELLED
        assert not still_living([child, *family])
    assert published() == []
    staging = Path(settings.MEDIA_ROOT) / ".videomind" / "staging"
    assert not staging.exists() or list(staging.iterdir()) == []
    assert not Track.objects.filter(state=State.AVAILABLE).exists()

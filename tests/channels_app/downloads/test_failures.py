"""What goes wrong at YouTube or here: each failure has its code, and costs no other video."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone
from pytest_django.fixtures import Settings

from channels_app.models import Track, TrackFile
from jobs.lanes import holds
from jobs.models import Job, Lane
from tests.channels_app.conftest import Submit, run_all
from tests.youtube import Fault, LoopbackYouTube

pytestmark = pytest.mark.django_db(transaction=True)

FAULTS = [
    # fault, code, the job's state, what the track says of its source
    (Fault.PRIVATE, "video_private", "dead_letter", "private"),
    (Fault.REMOVED, "video_removed", "dead_letter", "removed"),
    (Fault.TERMINATED, "account_terminated", "dead_letter", "terminated"),
    (Fault.COPYRIGHT, "copyright_blocked", "dead_letter", "copyright"),
    (Fault.GEO, "geo_blocked", "dead_letter", "geo"),
    (Fault.AGE, "age_restricted", "dead_letter", "age_restricted"),
    (Fault.MEMBERS, "members_only", "dead_letter", "members_only"),
    (Fault.DRM, "drm_protected", "dead_letter", "drm"),
    (Fault.MEDIA_403, "youtube_blocked", "dead_letter", ""),
    (Fault.PREMIERE, "premiere", "waiting", "upcoming"),
    (Fault.PROCESSING, "still_processing", "waiting", ""),
    (Fault.MEDIA_404, "media_not_found", "retrying", ""),
    (Fault.MEDIA_SHORT, "short_media", "retrying", ""),
    (Fault.MEDIA_HTML, "bad_answer", "retrying", ""),
    (Fault.PLAYER_NOT_JSON, "bad_answer", "retrying", ""),
]


def library() -> list[str]:
    """Files of the library itself; and nothing may be left in staging or among the notes."""
    root = Path(settings.MEDIA_ROOT)
    files = [path.relative_to(root) for path in root.rglob("*") if path.is_file()]
    assert [str(path) for path in files if path.parts[0] == ".videomind"] in (
        [".videomind/volume"],
        [],
    )
    return sorted(str(path) for path in files if path.parts[0] != ".videomind")


def test_one_video_of_each_failure_costs_the_others_nothing(
    youtube: LoopbackYouTube, submit: Submit
) -> None:
    channel = youtube.catalogue.add_channel("Troubles", videos=len(FAULTS) + 2)
    broken = dict(zip(channel.videos, FAULTS, strict=False))
    for video, (fault, *_) in broken.items():
        youtube.fault(video.video_id, fault)

    parent = submit("channel_download", channel_id="@troubles")
    run_all()

    told = {}
    for video, (fault, *_) in broken.items():
        job = Job.objects.get(target=video.video_id)
        track = Track.objects.get(youtube_id=video.video_id)
        told[fault] = (fault, job.failure_code, job.status, track.source_state)
        assert job.error_message
        assert (track.state, track.files.count()) == ("wanted", 0)
        assert job.attempts.count() == 1
    assert list(told.values()) == FAULTS
    assert Track.objects.available().count() == 2
    assert TrackFile.objects.count() == len(library())
    parent.refresh_from_db()
    assert (parent.status, parent.wait_for) == ("waiting", "children")

    # The same request again starts none of those that are lost for good.
    Job.objects.filter(pk=parent.pk).update(status="failed")
    again = submit("channel_download", channel_id="@troubles")
    youtube.counters.reset()
    assert run_all() == 1
    again.refresh_from_db()
    assert sum(again.result["skipped"].values()) == 9
    assert youtube.counters.videos_asked() == set()


@pytest.mark.parametrize(
    ("fault", "code"), [(Fault.BOT, "bot_check"), (Fault.MEDIA_429, "too_many_requests")]
)
def test_a_refusal_of_youtubes_holds_the_work_and_harms_no_job(
    youtube: LoopbackYouTube, submit: Submit, fault: Fault, code: str
) -> None:
    first, second = youtube.catalogue.add_channel("Refused", videos=2).videos
    youtube.fault(first.video_id, fault)
    refused = submit("single_video_download", video_id=first.video_id)
    later = submit("single_video_download", video_id=second.video_id)
    assert run_all() == 1
    refused.refresh_from_db()
    later.refresh_from_db()
    assert (refused.status, refused.attempt_number, later.status) == ("pending", 0, "pending")
    assert refused.attempts.get().failure_code == code
    assert Lane.objects.get(name="download").hold_cause == "youtube"

    youtube.heal(first.video_id)
    go_on()
    assert run_all() == 2
    assert Track.objects.available().count() == 2


def go_on() -> None:
    """As an operator's *resume now*, without the ramp."""
    holds.release("youtube")
    Lane.objects.update(ramp=None)


def test_stale_addresses_are_answered_by_one_fresh_extraction(
    youtube: LoopbackYouTube, submit: Submit
) -> None:
    video = youtube.catalogue.add_channel("Stale", videos=1).videos[0]
    youtube.fault(video.video_id, Fault.MEDIA_403_ONCE)

    job = submit("single_video_download", video_id=video.video_id)
    assert run_all() == 1
    job.refresh_from_db()
    assert job.status == "completed"
    assert youtube.counters.of("page", video.video_id) == 2


@pytest.mark.parametrize("fault", [Fault.CAPTIONS_429, Fault.THUMBNAILS_404])
def test_captions_and_pictures_cost_no_video(
    fault: Fault, youtube: LoopbackYouTube, submit: Submit
) -> None:
    video = youtube.catalogue.add_channel("Plain", videos=1).videos[0]
    youtube.fault(video.video_id, fault)

    job = submit("single_video_download", video_id=video.video_id)
    run_all()
    job.refresh_from_db()
    assert job.status == "completed"
    assert len(job.result["warnings"]) == 1
    assert Track.objects.get().files.count() == 3


def during(job: Job, act: Callable[[Job], None]) -> threading.Thread:
    """Does something once the job's child is at work."""

    def wait_and_act() -> None:
        try:
            until = time.monotonic() + 20
            while time.monotonic() < until:
                row = Job.objects.get(pk=job.pk)
                if row.child_pid and list(Path(settings.MEDIA_ROOT).rglob("*.f137.mp4")):
                    act(row)
                    return
                time.sleep(0.02)
        finally:
            connection.close()

    thread = threading.Thread(target=wait_and_act)
    thread.start()
    return thread


def kill_child(job: Job) -> None:
    assert job.child_pid
    os.kill(job.child_pid, signal.SIGKILL)


def ask_to_cancel(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(cancel_requested_at=timezone.now())


@pytest.mark.parametrize(
    ("act", "status", "code"),
    [(kill_child, "retrying", "child_killed"), (ask_to_cancel, "cancelled", "")],
)
def test_an_interrupted_download_leaves_nothing(
    act: Callable[[Job], None], status: str, code: str, youtube: LoopbackYouTube, submit: Submit
) -> None:
    channel = youtube.catalogue.add_channel("Slow", videos=1, bytes=4_000_000)
    youtube.bytes_per_second = 200_000
    job = submit("single_video_download", video_id=channel.videos[0].video_id)
    try:
        thread = during(job, act)
        run_all()
        thread.join()
    finally:
        youtube.bytes_per_second = None

    job.refresh_from_db()
    assert (job.status, job.failure_code) == (status, code)
    assert library() == []
    assert not list((Path(settings.MEDIA_ROOT) / ".videomind" / "staging").iterdir())
    assert not [each for each in psutil.process_iter(["cmdline"]) if _is_of(each, channel)]


def _is_of(process: psutil.Process, channel: object) -> bool:
    return str(settings.MEDIA_ROOT) in " ".join(process.info["cmdline"] or [])


def test_without_ffmpeg_nothing_is_tried(
    youtube: LoopbackYouTube, submit: Submit, settings: Settings
) -> None:
    video = youtube.catalogue.add_channel("Tools", videos=1).videos[0]
    settings.FFMPEG = "/nowhere/ffmpeg"

    job = submit("single_video_download", video_id=video.video_id)
    run_all()
    job.refresh_from_db()
    assert (job.status, job.failure_code) == ("dead_letter", "ffmpeg_missing")
    assert youtube.counters.videos_asked() == set()


def test_cookies_that_are_not_there_hold_the_job(
    youtube: LoopbackYouTube, submit: Submit, settings: Settings
) -> None:
    video = youtube.catalogue.add_channel("Cookies", videos=1).videos[0]
    settings.COOKIES_FILE = "/nowhere/cookies.txt"

    job = submit("single_video_download", video_id=video.video_id)
    run_all()
    job.refresh_from_db()
    assert job.failure_code == "cookies_refused"
    assert library() == []


def test_a_listing_that_breaks_off_keeps_what_it_started(
    youtube: LoopbackYouTube, submit: Submit
) -> None:
    channel = youtube.catalogue.add_channel("Long", videos=70, with_uploads_lists=False)
    youtube.fault_listing(channel, Fault.LISTING_429, page=2)
    parent = submit("channel_download", channel_id="@long", max_downloads=3)

    assert run_all() == 1
    parent.refresh_from_db()
    assert (parent.status, parent.failure_code) == ("pending", "too_many_requests")
    assert Job.objects.filter(parent=parent).count() == 3

    youtube.heal(channel)
    go_on()
    run_all()
    parent.refresh_from_db()
    assert (parent.status, parent.progress_message) == ("completed", "3 of 3")
    assert parent.result["left"] == 67
    assert Track.objects.count() == 70

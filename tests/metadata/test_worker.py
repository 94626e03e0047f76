"""The job `metadata_extraction`, run by the real runner with a real child."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from jobs import queue
from jobs.models import Job
from jobs.states import Status
from metadata.models import PlaylistMembership, YouTubeVideoMetadata
from tests.working import run_next
from tests.youtube import Fault, LoopbackYouTube

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("forked")]


def extract(**parameters: Any) -> Job:
    job = queue.submit("metadata_extraction", parameters).job
    run_next()
    job.refresh_from_db()
    return job


@pytest.mark.both_databases
def test_a_channel_of_37_and_80_is_117_rows(youtube: LoopbackYouTube) -> None:
    job = extract(channel_url="https://www.youtube.com/@Garden")
    assert job.status == Status.COMPLETED, job.error_message
    assert job.progress_message.startswith("117 videos: 117 inserted, 0 updated, 0 unchanged, 0")
    assert {key: job.result[key] for key in ("total", "inserted", "errors", "success_rate")} == {
        "total": 117,
        "inserted": 117,
        "errors": 0,
        "success_rate": 100.0,
    }
    assert YouTubeVideoMetadata.objects.count() == 117
    assert job.attempts.get().ytdlp_version
    again = extract(channel_url="https://www.youtube.com/@Garden")
    assert (again.result["unchanged"], again.result["fields"]) == (117, {})


def test_one_video_is_stored_in_full(youtube: LoopbackYouTube) -> None:
    garden = youtube.catalogue.channel("@Garden")
    assert garden
    job = extract(video_id=garden.videos[0].video_id)
    assert job.status == Status.COMPLETED, job.error_message
    row = YouTubeVideoMetadata.objects.get()
    assert (row.title, row.description) == (garden.videos[0].title, garden.videos[0].description)
    assert row.is_full
    assert row.upload_date == garden.videos[0].uploaded_at.date()


def test_entries_that_fail_are_counted_and_stop_nothing(youtube: LoopbackYouTube) -> None:
    channel = youtube.catalogue.add_channel("Patchy", videos=3)
    lost = channel.videos[1].video_id
    youtube.fault(lost, Fault.REMOVED)
    job = extract(channel_url="https://www.youtube.com/@Patchy", extract_type="full")
    assert job.status == Status.COMPLETED, job.error_message
    assert (job.result["inserted"], job.result["errors"]) == (2, 1)
    [error] = job.result["entry_errors"]
    assert (error["id"], error["code"]) == (lost, "video_removed")
    assert lost in job.attempts.get().log_tail


def test_where_every_entry_fails_the_job_fails(youtube: LoopbackYouTube) -> None:
    channel = youtube.catalogue.add_channel("Gone", videos=1)
    youtube.fault(channel.videos[0].video_id, Fault.REMOVED)
    job = extract(channel_url="https://www.youtube.com/@Gone", extract_type="full")
    assert (job.status, job.failure_code) == (Status.DEAD_LETTER, "video_removed")


def test_where_every_entry_is_announced_the_job_waits_for_the_time(
    youtube: LoopbackYouTube,
) -> None:
    channel = youtube.catalogue.add_channel("Soon", videos=1)
    youtube.fault(channel.videos[0].video_id, Fault.PREMIERE)
    job = extract(channel_url="https://www.youtube.com/@Soon", extract_type="full")
    assert (job.status, job.failure_code) == (Status.WAITING, "premiere")
    assert job.run_at is not None
    assert job.run_at - timezone.now() > timedelta(hours=2)


def test_a_full_run_goes_on_where_it_was(youtube: LoopbackYouTube) -> None:
    youtube.catalogue.add_channel("Again", videos=2)
    parameters = {"channel_url": "https://www.youtube.com/@Again", "extract_type": "full"}
    extract(**parameters)
    youtube.counters.reset()
    job = extract(**parameters)
    assert (job.result["total"], job.result["unchanged"]) == (2, 2)
    assert not youtube.counters.videos_asked()
    extract(**parameters, force_update=True)
    assert len(youtube.counters.videos_asked()) == 2
    YouTubeVideoMetadata.objects.update(full_at=timezone.now() - timedelta(days=2))
    youtube.counters.reset()
    extract(**parameters)
    assert len(youtube.counters.videos_asked()) == 2


def test_a_listing_that_breaks_off_keeps_what_came_and_is_retried(
    youtube: LoopbackYouTube,
) -> None:
    channel = youtube.catalogue.add_channel("Torn", videos=130)
    youtube.fault_listing(channel, Fault.LISTING_429, page=1)
    job = extract(channel_url="https://www.youtube.com/@Torn")
    assert (job.status, job.failure_code) == (Status.PENDING, "too_many_requests")
    assert YouTubeVideoMetadata.objects.count() == 100
    # Nobody is to blame: YouTube holds us off.
    assert job.retry_count == 0


def test_a_whole_listing_says_what_left_a_playlist(youtube: LoopbackYouTube) -> None:
    channel = youtube.catalogue.add_channel("Shrinking", videos=3)
    made = youtube.catalogue.add_playlist(channel, "Best", list(channel.videos))
    url = f"https://www.youtube.com/playlist?list={made.playlist_id}"
    extract(playlist_url=url)
    assert PlaylistMembership.objects.of_playlist(made.playlist_id).count() == 3
    made.videos.pop()
    youtube.catalogue.version += 1
    extract(playlist_url=url)
    inside = YouTubeVideoMetadata.objects.in_playlist(made.playlist_id)
    assert list(inside.ids()) == [video.video_id for video in made.videos]
    assert YouTubeVideoMetadata.objects.count() == 3

"""Downloads through the real yt-dlp: one video, a playlist, a channel, and what goes wrong."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db.models import F
from django.utils import timezone

from channels_app.api.payloads import track_payload
from channels_app.models import Channel, DownloadProfile, LibraryEvent, Playlist, Track, TrackFile
from jobs import queue
from jobs.failures import failure
from jobs.lanes import holds
from jobs.models import Job, Lane
from tests.channels_app.conftest import Submit, run_all
from tests.working import run_next
from tests.youtube import Fault, LoopbackYouTube

pytestmark = pytest.mark.django_db(transaction=True)


def media_files() -> list[Path]:
    root = Path(settings.MEDIA_ROOT)
    return sorted(path.relative_to(root) for path in root.rglob("*") if path.is_file())


def test_a_video_becomes_published_files(youtube: LoopbackYouTube, submit: Submit) -> None:
    video = youtube.catalogue.add_channel("Garden", videos=1).videos[0]

    job = submit("single_video_download", video_url=f"https://youtu.be/{video.video_id}?t=3")
    run_all()

    job.refresh_from_db()
    assert (job.status, job.error_message) == ("completed", "")
    track = Track.objects.get()
    assert (track.state, track.source_state, track.duration) == ("available", "public", 3)
    assert {file.kind for file in track.files.all()} == {"video", "subtitle", "thumbnail", "info"}
    stem = f"library/Garden/{track.stem}"
    assert [str(path) for path in media_files()] == [
        ".videomind/volume",
        f"{stem}.en.vtt",
        f"{stem}.info.json",
        f"{stem}.mp4",
        f"{stem}.webp",
    ]


def test_a_channel_of_7_videos_and_8_shorts_is_15_of_everything(
    youtube: LoopbackYouTube, submit: Submit
) -> None:
    """With 37 and 80 a real cluster does it, in tests/end_to_end."""
    channel = youtube.catalogue.add_channel("Garden", videos=7, shorts=8)
    # Sound and picture in one file: nothing to merge.
    DownloadProfile.objects.create(name="Small", slug="small", format_selector="18")

    url = "https://www.youtube.com/@Garden"
    parent = submit("channel_download", channel_url=url, profile="small")
    assert run_all() == 16

    parent.refresh_from_db()
    assert (parent.status, parent.progress_message) == ("completed", "15 of 15")
    assert parent.result["tabs"]["videos"] == 7
    assert parent.result["tabs"]["shorts"] == 8
    children = Job.objects.filter(parent=parent)
    assert children.filter(status="completed").count() == children.count() == 15
    assert all((child.log_folder / "job.log").is_file() for child in children)
    [row] = Channel.objects.with_counters()
    assert (row.track_count, row.available_count) == (15, 15)
    assert row.file_bytes == sum(file.bytes for file in TrackFile.objects.all())
    assert TrackFile.objects.media().count() == 15
    assert TrackFile.objects.count() > 3 * 15
    assert len(media_files()) == TrackFile.objects.count() + 1
    assert youtube.counters.videos_asked() == {
        video.video_id for video in (*channel.videos, *channel.shorts)
    }

    youtube.counters.reset()
    again = submit("channel_download", channel_id=channel.channel_id)
    assert run_all() == 1
    again.refresh_from_db()
    assert (again.status, again.result["here"], again.result["queued"]) == ("completed", 15, 0)
    assert again.progress_message == "Nothing new: 15 of 15 are here."
    assert youtube.counters.videos_asked() == set()


def test_a_playlist_is_memberships_of_videos_that_exist_once(
    youtube: LoopbackYouTube, submit: Submit
) -> None:
    channel = youtube.catalogue.add_channel("Garden", videos=4)
    first, second, third, fourth = channel.videos
    early = youtube.catalogue.add_playlist(channel, "Early", [third, first, second])
    late = youtube.catalogue.add_playlist(channel, "Late", [fourth, third])
    youtube.catalogue.remove_video(second.video_id)

    submit(
        "playlist_download", playlist_url=f"https://youtube.com/playlist?list={early.playlist_id}"
    )
    job = submit("playlist_download", playlist_id=late.playlist_id, target_group="Series")
    assert run_all() == 5

    job.refresh_from_db()
    assert (job.status, job.progress_message) == ("completed", "2 of 2")
    assert order(early.playlist_id) == [third.video_id, first.video_id, second.video_id]
    assert order(late.playlist_id) == [fourth.video_id, third.video_id]
    assert Track.objects.available().count() == TrackFile.objects.media().count() == 3
    lost = Track.objects.get(youtube_id=second.video_id)
    assert (lost.state, lost.source_state) == ("wanted", "removed")
    assert not Job.objects.filter(target=second.video_id).exists()
    folder = "library/Garden", "series/Garden"
    assert Track.objects.get(youtube_id=third.video_id).folder == folder[0]
    assert Track.objects.get(youtube_id=fourth.video_id).folder == folder[1]

    early.videos.remove(first)
    youtube.catalogue.version += 1
    submit("playlist_download", playlist_id=early.playlist_id)
    assert run_all() == 1
    assert order(early.playlist_id) == [third.video_id, second.video_id]
    assert Track.objects.count() == 4


def order(playlist_id: str) -> list[str]:
    playlist = Playlist.objects.get(playlist_id=playlist_id)
    return list(playlist.entries.values_list("track__youtube_id", flat=True))


def test_a_range_of_a_playlist_and_only_so_many(youtube: LoopbackYouTube, submit: Submit) -> None:
    channel = youtube.catalogue.add_channel("Garden", videos=6)
    playlist = youtube.catalogue.add_playlist(channel, "All", channel.videos)

    job = submit(
        "playlist_download",
        playlist_id=playlist.playlist_id,
        playlist_range="1-2,4,6",
        max_downloads=3,
        extract_audio=True,
    )
    run_all()
    job.refresh_from_db()
    assert (job.status, job.progress_message) == ("completed", "3 of 3")
    assert (job.result["listed"], job.result["left"]) == (4, 1)
    here = {channel.videos[place].video_id for place in (0, 1, 3)}
    assert set(Track.objects.available().values_list("youtube_id", flat=True)) == here
    assert {file.kind for file in TrackFile.objects.media()} == {"audio"}
    assert Track.objects.filter(media_kind="audio", state="available").count() == 3


def test_sound_and_picture_of_one_video_are_two_files_of_one_track(
    youtube: LoopbackYouTube, submit: Submit
) -> None:
    video = youtube.catalogue.add_channel("Garden", videos=1).videos[0]

    submit("single_video_download", video_id=video.video_id)
    run_all()
    submit("single_video_download", video_id=video.video_id, extract_audio=True)
    run_all()
    youtube.counters.reset()
    again = submit("single_video_download", video_id=video.video_id, extract_audio=True)
    run_all()

    again.refresh_from_db()
    assert again.progress_message == "Already here."
    assert youtube.counters.videos_asked() == set()
    track = Track.objects.get()
    assert [file.container for file in track.files.media()] == ["mp4", "m4a"]
    assert track.media_kind == "video"
    assert len(media_files()) == TrackFile.objects.count() + 1 == 6
    assert LibraryEvent.objects.count() == 2


def test_a_channel_links_the_job_that_somebody_else_has_started(
    youtube: LoopbackYouTube, submit: Submit
) -> None:
    channel = youtube.catalogue.add_channel("Garden", videos=2)
    mine = submit("single_video_download", video_id=channel.videos[1].video_id, force=True)
    Job.objects.update(run_at=timezone.now() + timedelta(days=1), status="waiting", wait_for="time")

    parent = submit("channel_download", channel_id="@garden")
    run_all()
    parent.refresh_from_db()
    assert (parent.status, parent.progress_message) == ("completed", "1 of 2, 1 later")
    assert Job.objects.filter(job_type="single_video_download").count() == 2
    assert {link.needed_id for link in parent.needs.all()} >= {mine.pk}


def test_a_retried_channel_retries_its_failed_videos(
    youtube: LoopbackYouTube, submit: Submit
) -> None:
    channel = youtube.catalogue.add_channel("Garden", videos=3)
    video_id = channel.videos[0].video_id
    youtube.fault(video_id, Fault.PRIVATE)
    parent = submit("channel_download", channel_id="@garden")
    run_all()
    parent.refresh_from_db()
    assert (parent.status, parent.progress_message) == ("failed", "2 of 3, 1 failed")
    assert Track.objects.get(youtube_id=video_id).reason.startswith("Private video")

    youtube.heal(video_id)
    queue.retry(parent)
    run_all()
    parent.refresh_from_db()
    assert (parent.status, parent.progress_message) == ("completed", "3 of 3")
    assert Track.objects.get(youtube_id=video_id).source_state == "public"


def test_new_videos_are_found_without_listing_everything_again(
    youtube: LoopbackYouTube, submit: Submit
) -> None:
    channel = youtube.catalogue.add_channel("Garden", videos=330)
    submit("channel_download", channel_id="@garden", max_downloads=1)
    run_all()
    youtube.catalogue.add_video(channel, "brand new")
    youtube.counters.reset()

    job = submit("channel_download", channel_id="@garden", max_downloads=2)
    run_all()
    job.refresh_from_db()
    told = {key: job.result[key] for key in ("total", "here", "queued", "left", "complete")}
    assert told == {"total": 331, "here": 1, "queued": 2, "left": 328, "complete": False}
    assert job.result["listed"] < 300
    assert Track.objects.get(title="brand new").state == "available"


def test_a_retitled_video_and_a_renamed_channel_keep_their_names_on_disk(
    youtube: LoopbackYouTube, submit: Submit
) -> None:
    channel = youtube.catalogue.add_channel("Garden", videos=1, title="Old: name")
    submit("channel_download", channel_id="@garden")
    run_all()
    before = media_files()
    channel.title = "New name"
    youtube.catalogue.edit_video(channel.videos[0].video_id, title="Another title")
    submit("channel_download", channel_id="@garden")
    run_all()

    row = Channel.objects.get()
    assert (row.title, row.folder) == ("New name", "Old- name")
    assert Track.objects.get().title == "Another title"
    assert media_files() == before


def test_the_api_gets_tracks_in_few_queries(
    youtube: LoopbackYouTube, submit: Submit, django_assert_num_queries: Any
) -> None:
    channel = youtube.catalogue.add_channel("Garden", videos=3)
    youtube.fault(channel.videos[0].video_id, Fault.PRIVATE)
    submit("channel_download", channel_id="@garden")
    for _ in range(3):
        run_next()

    with django_assert_num_queries(2):
        payloads = [track_payload(track) for track in Track.objects.for_api()]
    by_id = {payload["youtube_id"]: payload for payload in payloads}
    private, here, queued = (by_id[video.video_id] for video in channel.videos)
    assert (private["state"], private["why"]) == ("wanted", failure("video_private").sentence)
    assert (here["state"], here["why"], len(here["files"])) == ("available", "", 4)
    assert (queued["state"], queued["why"]) == ("queued", "It is in the queue.")
    assert here["channel"] is not None
    assert here["channel"]["handle"] == "@Garden"
    for payload in payloads:
        [found] = Track.objects.in_state(payload["state"])
        assert found.youtube_id == payload["youtube_id"]
    Job.objects.filter(target=queued["youtube_id"]).update(status="running")
    [running] = Track.objects.in_state("downloading").for_api()
    assert track_payload(running)["state"] == "downloading"
    assert not Track.objects.in_state("queued").exists()


def test_an_empty_channel_is_nothing_new(youtube: LoopbackYouTube, submit: Submit) -> None:
    youtube.catalogue.add_channel("Empty")

    job = submit("channel_download", channel_id="@empty")
    run_all()
    job.refresh_from_db()
    assert (job.status, job.progress_message) == ("completed", "Nothing new: 0 of 0 are here.")


def test_a_cancelled_channel_can_be_taken_up_again(
    youtube: LoopbackYouTube, submit: Submit
) -> None:
    youtube.catalogue.add_channel("Garden", videos=3)
    parent = submit("channel_download", channel_id="@garden")
    run_next()
    run_next()
    parent.refresh_from_db()
    queue.cancel(parent)
    parent.refresh_from_db()
    assert parent.status == "cancelled"
    assert run_all() == 0

    queue.retry(parent)
    run_all()
    parent.refresh_from_db()
    assert (parent.status, parent.progress_message) == ("completed", "3 of 3")
    assert Track.objects.available().count() == 3


def test_listing_again_does_not_try_a_lost_video_again(
    youtube: LoopbackYouTube, submit: Submit
) -> None:
    channel = youtube.catalogue.add_channel("Garden", videos=70, with_uploads_lists=False)
    lost = channel.videos[0].video_id
    youtube.fault(lost, Fault.PRIVATE)
    youtube.fault_listing(channel, Fault.LISTING_429, page=2)
    parent = submit("channel_download", channel_id="@garden", max_downloads=3)
    run_next()
    youtube.heal(channel)
    holds.release("youtube")
    Lane.objects.update(ramp=None)
    # Its videos first, then the list again.
    Job.objects.filter(pk=parent.pk).update(rank=F("rank") + 1_000_000)
    run_all()

    parent.refresh_from_db()
    assert (parent.status, parent.progress_message) == ("failed", "2 of 3, 1 failed")
    assert Track.objects.count() == 70
    assert Job.objects.filter(target=lost).count() == 1
    assert youtube.counters.of("page", lost) == 1

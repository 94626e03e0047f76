"""What is downloaded plays, is as long and as large as told, and differs for every video."""

from __future__ import annotations

import hashlib
import re

import pytest

from tests.youtube import Channel, Fault, LoopbackYouTube
from tests.youtube.catalogue import Catalogue
from tests.youtube.clips import ffmpeg

from .ytdlp import YtDlp, probe, watch

# The keys that a video extracted from YouTube fills (those that are null for most are left out).
FILLED = """
id title fulltitle display_id description channel channel_id channel_url channel_follower_count
uploader uploader_id uploader_url upload_date timestamp epoch duration duration_string view_count
like_count comment_count age_limit availability live_status is_live was_live media_type
playable_in_embed categories tags chapters heatmap subtitles thumbnail thumbnails location license
webpage_url original_url webpage_url_basename webpage_url_domain extractor extractor_key formats
requested_formats format format_id format_note ext protocol resolution width height fps
dynamic_range aspect_ratio vcodec vbr acodec abr asr audio_channels tbr filesize_approx
channel_is_verified
""".split()  # noqa: SIM905 - a column of words is read at a glance


def test_a_download_merges_and_plays(ytdlp: YtDlp, garden: Channel) -> None:
    outcome = ytdlp.download(watch(garden.videos[1].video_id))
    assert outcome.error is None
    assert [f["format_id"] for f in outcome.info["requested_formats"]] == ["137", "140"]
    said = probe(outcome.file)
    assert re.search(r"Video: h264.*1920x1080", said)
    assert "Audio: aac" in said
    assert "Duration: 00:00:03.0" in said


@pytest.mark.parametrize(
    ("wanted", "size"), [("18", "640x360"), ("136", "1280x720"), ("137", "1920x1080")]
)
def test_a_format_is_as_large_as_it_says(
    wanted: str, size: str, ytdlp: YtDlp, garden: Channel
) -> None:
    outcome = ytdlp.download(watch(garden.videos[2].video_id), format=wanted, overwrites=True)
    assert outcome.info["resolution"] == size
    assert size in probe(outcome.file)


def test_every_video_has_a_file_of_its_own(ytdlp: YtDlp, garden: Channel) -> None:
    hashes = set()
    for video in garden.videos[4:7]:
        file = ytdlp.download(watch(video.video_id)).file
        hashes.add(hashlib.sha256(file.read_bytes()).hexdigest())
    assert len(hashes) == 3


def test_a_clip_lasts_as_long_as_its_metadata_says(youtube: LoopbackYouTube, ytdlp: YtDlp) -> None:
    channel = youtube.catalogue.add_channel("Longer")
    video = youtube.catalogue.add_video(channel, "Five seconds", duration=5.0)
    outcome = ytdlp.download(watch(video.video_id), format="18")
    assert outcome.info["duration"] == 5
    assert "Duration: 00:00:05.0" in probe(outcome.file)


def test_a_video_can_be_made_any_size(youtube: LoopbackYouTube, ytdlp: YtDlp) -> None:
    channel = youtube.catalogue.add_channel("Heavy")
    video = youtube.catalogue.add_video(channel, "Heavy", bytes=24_000_000)
    outcome = ytdlp.download(watch(video.video_id), format="137")
    size = outcome.file.stat().st_size
    assert size == outcome.info["filesize"]
    assert abs(size - 24_000_000) < 50_000
    # Pieces of 10 MiB by Range.
    assert youtube.counters.of("media", video.video_id) == 3
    assert "1920x1080" in probe(outcome.file)


def test_a_short_stream_is_merged_without_a_word(youtube: LoopbackYouTube, ytdlp: YtDlp) -> None:
    channel = youtube.catalogue.add_channel("Cut")
    video = youtube.catalogue.add_video(channel, "Cut", duration=4.0)
    youtube.fault(video.video_id, Fault.MEDIA_SHORT)
    outcome = ytdlp.download(watch(video.video_id))
    assert outcome.error is None
    frames = [int(found) for found in re.findall(r"frame=\s*(\d+)", probe(outcome.file))]
    assert frames[-1] == 20


def test_media_refused_once_is_granted_after_a_fresh_extraction(
    youtube: LoopbackYouTube, ytdlp: YtDlp, garden: Channel
) -> None:
    video = youtube.catalogue.add_video(garden, "Expired")
    youtube.fault(video.video_id, Fault.MEDIA_403_ONCE)
    assert ytdlp.download(watch(video.video_id)).raised == ["DownloadError", "HTTPError"]
    assert ytdlp.download(watch(video.video_id)).error is None
    youtube.catalogue.remove_video(video.video_id)


def test_an_extraction_fills_what_youtube_tells(ytdlp: YtDlp, garden: Channel) -> None:
    video = garden.videos[0]
    info = ytdlp.extract(watch(video.video_id)).info
    assert [key for key in FILLED if info.get(key) is None] == []
    assert info["timestamp"] == video.uploaded_at.timestamp()
    assert info["upload_date"] == f"{video.uploaded_at:%Y%m%d}"
    numbers = (info["view_count"], info["like_count"], info["comment_count"])
    assert numbers == (video.views, video.likes, video.comments)
    assert [chapter["title"] for chapter in info["chapters"]] == ["Beginning", "Middle", "End"]
    assert (info["tags"], info["categories"]) == (list(video.tags), [video.category])
    assert (info["uploader_id"], info["channel_id"]) == ("@Garden", garden.channel_id)
    assert info["channel_follower_count"] == garden.subscribers


def test_two_requests_and_one_piece_per_stream_are_enough(
    youtube: LoopbackYouTube, ytdlp: YtDlp, garden: Channel
) -> None:
    video_id = garden.videos[8].video_id
    ytdlp.download(watch(video_id))
    asked = {kind: youtube.counters.of(kind, video_id) for kind in ("page", "player", "media")}
    assert asked == {"page": 1, "player": 1, "media": 2}
    assert youtube.counters.videos_asked() == {video_id}


def test_the_command_line_with_deno_downloads_without_a_warning(
    ytdlp: YtDlp, garden: Channel
) -> None:
    url = watch(garden.videos[9].video_id)
    done = ytdlp.command_line("--ffmpeg-location", ffmpeg(), "-o", "%(id)s.cli.%(ext)s", url)
    assert (done.returncode, done.stderr) == (0, "")


def test_ids_are_distinct_and_the_same_every_time() -> None:
    first, second = (Catalogue().add_channel("Seed", videos=2429, shorts=80) for _ in range(2))
    ids = [video.video_id for video in [*first.videos, *first.shorts]]
    assert ids == [video.video_id for video in [*second.videos, *second.shorts]]
    assert len(set(ids)) == 2509
    assert all(re.fullmatch(r"[\w-]{11}", video_id, re.ASCII) for video_id in ids)
    assert any(video_id.startswith("-") for video_id in ids)
    assert any("_" in video_id for video_id in ids)

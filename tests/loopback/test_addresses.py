"""Every shape of URL that people paste leads the real yt-dlp where YouTube would."""

from __future__ import annotations

import pytest

from tests.youtube import Channel, Fault, LoopbackYouTube

from .ytdlp import YtDlp, watch

CHANNEL_URLS = ("@Garden", "channel/{id}", "c/Garden", "user/garden", "Garden")


@pytest.mark.parametrize("path", CHANNEL_URLS)
def test_every_channel_url_lists_the_tab_it_names(path: str, ytdlp: YtDlp, garden: Channel) -> None:
    url = "https://www.youtube.com/" + path.format(id=garden.channel_id) + "/streams"
    outcome = ytdlp.list(url)
    assert outcome.ids == [video.video_id for video in garden.streams]
    assert outcome.info["id"] == garden.channel_id
    assert {entry["live_status"] for entry in outcome.entries} == {"was_live"}


def test_a_bare_channel_lists_videos_then_live_then_shorts(ytdlp: YtDlp, garden: Channel) -> None:
    outcome = ytdlp.list("https://www.youtube.com/@Garden")
    everything = [*garden.videos, *garden.streams, *garden.shorts]
    assert outcome.ids == [video.video_id for video in everything]
    assert outcome.info["channel_follower_count"] == garden.subscribers
    assert outcome.info["channel_is_verified"] is True
    assert outcome.info["availability"] == "public"


@pytest.mark.parametrize(
    ("prefix", "tabs"),
    [("UULF", ["videos"]), ("UUSH", ["shorts"]), ("UULV", ["streams"])],
)
def test_each_tab_has_its_uploads_list(
    prefix: str, tabs: list[str], ytdlp: YtDlp, garden: Channel
) -> None:
    outcome = ytdlp.list(f"https://www.youtube.com/playlist?list={prefix}{garden.channel_id[2:]}")
    assert outcome.ids == [video.video_id for tab in tabs for video in getattr(garden, tab)]
    assert outcome.info["channel_id"] == garden.channel_id
    assert {entry["channel_id"] for entry in outcome.entries} == {garden.channel_id}


def test_the_list_of_all_uploads_is_newest_first(ytdlp: YtDlp, garden: Channel) -> None:
    outcome = ytdlp.list(f"https://www.youtube.com/playlist?list=UU{garden.channel_id[2:]}")
    everything = [*garden.videos, *garden.streams, *garden.shorts]
    newest_first = sorted(everything, key=lambda video: video.uploaded_at, reverse=True)
    assert outcome.ids == [video.video_id for video in newest_first]


SHAPES = (
    "https://www.youtube.com/watch?v={id}",
    "https://m.youtube.com/watch?v={id}&feature=share",
    "https://youtu.be/{id}?si=abc",
    "https://www.youtube.com/shorts/{id}",
    "https://www.youtube.com/live/{id}",
    "https://www.youtube.com/embed/{id}",
)


@pytest.mark.parametrize("shape", SHAPES)
def test_every_video_url_extracts_the_video(shape: str, ytdlp: YtDlp, garden: Channel) -> None:
    video = garden.videos[3]
    assert video.video_id.startswith("-")
    outcome = ytdlp.extract(shape.format(id=video.video_id))
    assert (outcome.error, outcome.info["id"]) == (None, video.video_id)
    assert outcome.info["title"] == video.title
    assert outcome.info["media_type"] == "video"


def test_a_short_and_a_stream_are_told_apart(ytdlp: YtDlp, garden: Channel) -> None:
    short = ytdlp.extract(watch(garden.shorts[0].video_id)).info
    stream = ytdlp.extract(watch(garden.streams[0].video_id)).info
    assert (short["media_type"], short["live_status"]) == ("short", "not_live")
    assert (stream["media_type"], stream["live_status"]) == ("livestream", "was_live")
    assert stream["release_timestamp"] == garden.streams[0].uploaded_at.timestamp()


def test_a_video_in_a_playlist_leads_to_the_playlist(ytdlp: YtDlp, garden: Channel) -> None:
    playlist = garden.playlists[0]
    outcome = ytdlp.list(f"{watch(garden.videos[0].video_id)}&list={playlist.playlist_id}")
    assert outcome.ids == [video.video_id for video in playlist.videos]


def test_the_live_tab_leads_to_the_stream_on_the_air(
    youtube: LoopbackYouTube, ytdlp: YtDlp
) -> None:
    channel = youtube.catalogue.add_channel("OnAir", streams=2)
    on_air = channel.streams[0].video_id
    youtube.fault(on_air, Fault.LIVE_NOW)
    flat = ytdlp.list("https://www.youtube.com/@OnAir/streams")
    assert [entry["live_status"] for entry in flat.entries] == ["is_live", "was_live"]
    outcome = ytdlp.extract("https://www.youtube.com/@OnAir/live", format="b")
    assert (outcome.info["id"], outcome.info["live_status"]) == (on_air, "is_live")

"""YouTube can refuse everybody: for a while, for some requests, or as robots."""

from __future__ import annotations

import time

from tests.youtube import Channel, LoopbackYouTube

from .browser import tunnel
from .ytdlp import YtDlp, watch


def statuses(youtube: LoopbackYouTube, requests: int) -> list[int]:
    seen = []
    with tunnel(youtube, "www.youtube.com") as connection:
        for _ in range(requests):
            connection.request("GET", "/")
            answer = connection.getresponse()
            answer.read()
            seen.append(answer.status)
    return seen


def test_the_next_requests_are_refused_and_no_more(youtube: LoopbackYouTube) -> None:
    youtube.refuse_everything(429, requests=2)
    assert statuses(youtube, 4) == [429, 429, 200, 200]


def test_everything_is_refused_until_it_is_allowed(youtube: LoopbackYouTube) -> None:
    youtube.refuse_everything(503)
    assert statuses(youtube, 3) == [503, 503, 503]
    youtube.allow_everything()
    assert statuses(youtube, 1) == [200]


def test_a_refusal_can_run_out(youtube: LoopbackYouTube) -> None:
    youtube.refuse_everything(429, seconds=0.2)
    began = time.monotonic()
    assert statuses(youtube, 1) == [429]
    while statuses(youtube, 1) == [429]:
        assert time.monotonic() - began < 5
    assert time.monotonic() - began >= 0.2


def test_a_refused_yt_dlp_says_429(youtube: LoopbackYouTube, ytdlp: YtDlp, garden: Channel) -> None:
    youtube.refuse_everything(429)
    listing = ytdlp.list("https://www.youtube.com/@Garden/videos")
    video = ytdlp.extract(watch(garden.videos[0].video_id))
    said = "Unable to download API page: HTTP Error 429: Too Many Requests"
    assert (listing.error or "").startswith(f"ERROR: [youtube:tab] @Garden/videos: {said}")
    assert "Failed to extract any player response" in (video.error or "")
    assert any(said in warning for warning in video.warnings)


def test_a_proxy_that_refuses_tunnels_is_a_proxy_error(
    youtube: LoopbackYouTube, ytdlp: YtDlp
) -> None:
    youtube.refuse_everything(500, tunnels=True)
    said = "Tunnel connection failed: 500 Internal Server Error"
    outcome = ytdlp.list("https://www.youtube.com/@Garden/videos", extractor_retries=0)
    expected = "ERROR: [youtube:tab] @Garden/videos: Unable to download API page: "
    expected += f"('Unable to connect to proxy', OSError('{said}'))"
    assert (outcome.error or "").startswith(expected)
    assert outcome.raised == ["DownloadError", "ProxyError"]


def test_robots_are_met_after_some_videos(
    youtube: LoopbackYouTube, ytdlp: YtDlp, garden: Channel
) -> None:
    youtube.bot_check_after(2)
    errors = [ytdlp.extract(watch(video.video_id)).error for video in garden.videos[:4]]
    assert errors[:2] == [None, None]
    assert all("Sign in to confirm you’re not a bot." in (error or "") for error in errors[2:])
    youtube.bot_check_after(None)
    assert ytdlp.extract(watch(garden.videos[3].video_id)).error is None

"""One loopback YouTube and one yt-dlp for each test process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.youtube import Channel, LoopbackYouTube

from .ytdlp import YtDlp


@pytest.fixture(scope="session")
def running() -> Iterator[LoopbackYouTube]:
    with LoopbackYouTube() as youtube:
        youtube.catalogue.add_channel("Garden", videos=37, shorts=80, streams=4, playlists=2)
        yield youtube


@pytest.fixture(scope="session")
def ytdlp(running: LoopbackYouTube, tmp_path_factory: pytest.TempPathFactory) -> Iterator[YtDlp]:
    program = YtDlp(running, tmp_path_factory.mktemp("ytdlp"))
    yield program
    program.close()


@pytest.fixture
def youtube(running: LoopbackYouTube) -> Iterator[LoopbackYouTube]:
    """Everything that can be turned is turned back afterwards."""
    running.counters.reset()
    yield running
    running.allow_everything()
    running.bot_check_after(None)
    running.latency, running.bytes_per_second = 0.0, None


@pytest.fixture
def garden(youtube: LoopbackYouTube) -> Channel:
    found = youtube.catalogue.channel("@Garden")
    assert found
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path

"""The loopback YouTube in a process of its own, steered from another."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .browser import control

ROOT = Path(__file__).parents[2]


class Alone:
    """`python -m tests.youtube` and what it said when it was ready."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.youtube", *arguments],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout
        self.ready: dict[str, Any] = json.loads(self.process.stdout.readline())
        self.port = int(self.ready["proxy_url"].rpartition(":")[2])

    def __enter__(self) -> Alone:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.communicate()


@pytest.fixture(scope="module")
def alone() -> Iterator[Alone]:
    with Alone("--channel", "Plaza:4:2:1", "--video-bytes", "200000") as started:
        yield started


def test_it_says_what_it_has_when_it_is_ready(alone: Alone) -> None:
    plaza = alone.ready["channels"]["Plaza"]
    assert [len(plaza[tab]) for tab in ("videos", "shorts", "streams")] == [4, 2, 1]
    assert alone.ready["environment"]["HTTPS_PROXY"] == alone.ready["proxy_url"]
    assert Path(alone.ready["ca_file"]).exists()


def test_yt_dlp_lists_from_another_process(alone: Alone) -> None:
    control(alone.port, "POST", "/control/reset")
    url = "https://www.youtube.com/@Plaza/videos"
    done = subprocess.run(
        [sys.executable, "-m", "yt_dlp", "--ignore-config", "--flat-playlist", "--get-id", url],
        env=os.environ | alone.ready["environment"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == alone.ready["channels"]["Plaza"]["videos"]
    _, shown = control(alone.port, "GET", "/control/counters")
    assert (shown["totals"]["page"], shown["totals"]["player"]) == (1, 0)


def test_everything_can_be_steered(alone: Alone) -> None:
    def steer(path: str, **asked: Any) -> Any:
        return control(alone.port, "POST", f"/control/{path}", asked)

    video_id = alone.ready["channels"]["Plaza"]["videos"][0]
    status, added = steer("channel", handle="Later", videos=3)
    assert (status, len(added["videos"])) == (200, 3)
    assert steer("video", channel="Later", title="New")[0] == 200
    assert steer("remove", video_id=added["videos"][0])[0] == 200
    _, channels = control(alone.port, "GET", "/control/channels")
    assert len(channels["Later"]["videos"]) == 3
    assert steer("fault", video_id=video_id, fault="private") == (200, {"fault": "private"})
    assert steer("fault", listing=added["channel_id"], fault="listing_429", page=1)[0] == 200
    assert steer("heal", video_id=video_id)[0] == 200
    assert steer("bot", videos=3)[0] == 200
    assert steer("refuse", status=429, requests=1)[0] == 200
    assert steer("allow")[0] == 200
    wanted = {"latency": 0.0, "bytes_per_second": 5000}
    assert steer("settings", **wanted) == (200, wanted)


@pytest.mark.parametrize(
    ("path", "asked", "status"),
    [
        ("fault", {"video_id": "x", "fault": "no such"}, 400),
        ("fault", {"fault": "private"}, 400),
        ("channel", {"handel": "typo"}, 400),
        ("nothing", {}, 404),
    ],
)
def test_a_wrong_wish_is_refused(
    path: str, asked: dict[str, Any], status: int, alone: Alone
) -> None:
    answered, said = control(alone.port, "POST", f"/control/{path}", asked)
    assert (answered, list(said)) == (status, ["error"])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(number: signal.Signals) -> None:
    started = Alone("--channel", "Brief:1:0")
    started.process.send_signal(number)
    started.process.communicate(timeout=20)
    assert started.process.returncode == 0
    assert not Path(started.ready["ca_file"]).exists()


def test_it_ends_with_whoever_started_it() -> None:
    started = Alone("--channel", "Brief:1:0", "--until-stdin-closes")
    started.process.communicate(timeout=20)
    assert started.process.returncode == 0

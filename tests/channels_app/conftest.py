"""A YouTube for the library's tests, and jobs that run in the test's own process."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from jobs import queue
from jobs.execution.attempt import Work
from jobs.models import Job
from jobs.processes.fork_server_keeper import ForkServerKeeper
from tests.channels_app import attempts
from tests.channels_app.attempts import Child
from tests.working import forking_through, kept_fork_server, run_next
from tests.youtube import LoopbackYouTube

Submit = Callable[..., Job]


@pytest.fixture(scope="session")
def one_youtube() -> Iterator[LoopbackYouTube]:
    """The only YouTube that the children of this test process can reach, and their fork server."""
    before = dict(os.environ)
    with LoopbackYouTube() as youtube:
        os.environ.update(youtube.environment())
        yield youtube
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(scope="session")
def one_fork_server(one_youtube: LoopbackYouTube) -> Iterator[ForkServerKeeper]:
    with kept_fork_server() as keeper:
        yield keeper


@pytest.fixture
def youtube(
    one_youtube: LoopbackYouTube, one_fork_server: ForkServerKeeper
) -> Iterator[LoopbackYouTube]:
    """Empty at the beginning, and emptied afterwards."""
    with forking_through(one_fork_server):
        yield one_youtube
    for channel in one_youtube.catalogue.channels():
        for video in (*channel.videos, *channel.shorts, *channel.streams):
            one_youtube.heal(video.video_id)
        one_youtube.heal(channel)
        one_youtube.catalogue.remove_channel(channel)
    one_youtube.counters.reset()


@pytest.fixture
def child(monkeypatch: pytest.MonkeyPatch) -> Child:
    child = Child()
    monkeypatch.setattr(Work, "run_child", lambda work, *given: child.run(work, *given))
    return child


@pytest.fixture
def job() -> Job:
    """The download of `attempts.VIDEO`."""
    return attempts.submit()


@pytest.fixture
def submit() -> Submit:
    def submit(job_type: str, **parameters: Any) -> Job:
        return queue.submit(job_type, parameters).job

    return submit


def run_all(*, most: int = 1000) -> int:
    """Every job that is due, its children too, in this process; how many attempts that took."""
    ran = 0
    while ran < most and run_next():
        ran += 1
    return ran

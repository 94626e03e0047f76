"""The loopback YouTube, reached by yt-dlp in this process or in real children."""

from __future__ import annotations

import gc
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from jobs.processes.child import ChildFailed, Events
from jobs.processes.fork_server_keeper import ForkServerKeeper
from metadata.youtube import child
from metadata.youtube.client import client
from metadata.youtube.errors.classify import classify
from tests.working import forking_through, kept_fork_server
from tests.youtube import Channel, LoopbackYouTube


class Heard(Events):
    """Events that are kept instead of sent."""

    def __init__(self) -> None:
        self.all: list[dict[str, Any]] = []

    def send(self, event: str, **fields: Any) -> None:
        self.all.append({"event": event, **fields})

    def of(self, event: str) -> list[dict[str, Any]]:
        return [each for each in self.all if each["event"] == event]

    @property
    def entries(self) -> list[dict[str, Any]]:
        return [entry for event in self.of("entries") for entry in event["entries"]]

    @property
    def ids(self) -> list[str]:
        return [entry["id"] for entry in self.entries]


class Lister:
    """Calls the child's functions here, without a process, and keeps what they send."""

    def __init__(self) -> None:
        self.heard = Heard()

    def __call__(self, source_id: str, kind: str = "channel", **parameters: Any) -> dict[str, Any]:
        self.heard = Heard()
        # No alarm: in this process SIGALRM is pytest-timeout's.
        given = {"kind": kind, "id": source_id, "timeout_s": None, **parameters}
        return child.list_source(given, self.heard)

    def code(self, source_id: str, kind: str = "channel", **parameters: Any) -> str:
        """The failure code of a listing that fails."""
        try:
            self(source_id, kind, **parameters)
        except ChildFailed as failed:
            return classify(failed.description).code  # type: ignore[arg-type]
        finally:
            forget()
        pytest.fail("it did not fail")


def forget() -> None:
    """A refused answer keeps its connection open as long as its exception; a child simply ends."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@pytest.fixture(scope="session")
def running() -> Iterator[LoopbackYouTube]:
    with LoopbackYouTube() as youtube:
        add = youtube.catalogue.add_channel
        add("Garden", videos=37, shorts=80)
        add("Meadow", videos=130, with_uploads_lists=False)
        add("Pond", streams=3)
        add("Orchard", videos=130, shorts=40, streams=2)
        yield youtube


@pytest.fixture
def youtube(running: LoopbackYouTube, monkeypatch: pytest.MonkeyPatch) -> LoopbackYouTube:
    """Its environment holds for this process and its children; a second try comes at once."""
    for name, value in running.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("certifi.where", lambda: running.ca_file)
    monkeypatch.setattr(client, "pause_before_retry", lambda n: 0.0)
    monkeypatch.setattr(client, "NOT_FOUND_PAUSE_S", 0.0)
    running.counters.reset()
    return running


@pytest.fixture(scope="session")
def one_fork_server() -> Iterator[ForkServerKeeper]:
    """Started in the first test that needs it, with the environment of `youtube`."""
    with kept_fork_server() as keeper:
        yield keeper


@pytest.fixture
def forked(youtube: LoopbackYouTube, one_fork_server: ForkServerKeeper) -> Iterator[None]:
    """The children of this test are forked."""
    with forking_through(one_fork_server):
        yield


@pytest.fixture
def lister(youtube: LoopbackYouTube) -> Lister:
    return Lister()


@pytest.fixture
def channel(youtube: LoopbackYouTube) -> Callable[[str], Channel]:
    def channel(handle: str) -> Channel:
        found = youtube.catalogue.channel(handle)
        assert found
        return found

    return channel


@pytest.fixture
def asked(youtube: LoopbackYouTube) -> Callable[[], int]:
    """How many requests were answered."""
    return lambda: sum(
        youtube.counters.total(kind) for kind in ("page", "browse", "resolve", "player")
    )

"""The fork server's socket belongs to one supervisor, whoever shares its folder."""

from __future__ import annotations

import socket
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from jobs.processes.fork_server_keeper import ForkServerKeeper


@pytest.fixture(autouse=True)
def folder(settings: Settings) -> Iterator[Path]:
    """A short path, as the kernel takes for a socket."""
    with tempfile.TemporaryDirectory() as short:
        settings.DATA_DIR = Path(short)
        yield Path(short) / "run"


def test_two_supervisors_of_one_folder_have_a_socket_each(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In containers both have the same pid, and the pids of one say nothing in the other."""
    first = ForkServerKeeper()
    monkeypatch.setenv("NODE_HOST", "another")
    second = ForkServerKeeper()
    assert first.path != second.path
    assert {path.name for path in folder.iterdir()} == {first.path.name, second.path.name}
    second.close()
    assert stat.S_ISSOCK(first.path.stat().st_mode)
    first.close()
    assert list(folder.iterdir()) == []


def test_what_a_killed_supervisor_left_is_cleared_by_the_next_one_of_its_host(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed, living = ForkServerKeeper(), ForkServerKeeper()
    killed._listener.close()
    monkeypatch.setenv("NODE_HOST", "another")
    another = ForkServerKeeper()
    assert killed.path.exists()
    monkeypatch.delenv("NODE_HOST")
    following = ForkServerKeeper()
    assert not killed.path.exists()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as caller:
        caller.connect(str(living.path))
    for keeper in (living, another, following):
        keeper.close()

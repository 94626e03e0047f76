"""The wall: children start, speak, and leave nothing behind, with a fork server and without."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import psutil
import pytest

from jobs.processes import child_process
from jobs.processes.child_process import ChildEnd, Event
from tests.processes import lives, still_living, until


@pytest.fixture(params=["fork server", "by itself"])
def fork_server(request: pytest.FixtureRequest) -> Iterator[Path | None]:
    """A fork server as the supervisor starts one, or none."""
    if request.param == "by itself":
        yield None
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "forks.sock"
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(path))
        listener.listen()
        server = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "jobs.processes.fork_server",
                str(listener.fileno()),
                "60",
                "tests.children.warm_up",
            ],
            pass_fds=[listener.fileno()],
        )
        yield path
        server.kill()
        server.wait()
        listener.close()


def run(
    name: str,
    parameters: dict[str, Any],
    fork_server: Path | None,
    look: Callable[[], None] = lambda: None,
    wait_s: float = child_process.FORK_SERVER_WAIT_S,
) -> tuple[ChildEnd, list[Event]]:
    child = child_process.start(
        f"tests.children.{name}", parameters, fork_server=fork_server, wait_s=wait_s
    )
    try:
        events = list(child.follow(look))
    finally:
        child.close()
    return child.end(), events


def test_a_child_answers_from_a_session_of_its_own(fork_server: Path | None) -> None:
    end, events = run("answer", {"numbers": [1, 2, 3]}, fork_server)
    assert end.result is not None
    assert end.result["sum"] == 6
    assert end.result["sid"] == end.result["pid"] != os.getsid(0)
    assert {"event": "log", "stream": "job", "text": "hello from the child"} in events
    assert {"event": "log", "stream": "stdout", "text": "on stdout"} in events
    assert {"event": "log", "stream": "stderr", "text": "on stderr"} in events
    assert [each for each in events if each["event"] == "entry"] == [
        {"event": "entry", "id": "first"}
    ]
    assert end.exit_code == 0


def test_a_described_failure_is_no_crash(fork_server: Path | None) -> None:
    end, _ = run("refuse", {}, fork_server)
    assert end.error == {"message": "not today", "exception": "Nothing"}
    assert (end.result, end.crash, end.exit_code) == (None, "", 0)


def test_a_bug_in_a_child_comes_back_as_its_traceback(fork_server: Path | None) -> None:
    end, _ = run("crash", {}, fork_server)
    assert "RuntimeError: a bug in the child" in end.crash
    assert end.exit_code == 1


def test_a_killed_child_is_told_apart_by_its_signal(fork_server: Path | None) -> None:
    end, _ = run("kill_itself", {}, fork_server)
    assert (end.result, end.error, end.signal) == (None, None, signal.SIGKILL)


def test_a_stopped_child_takes_its_relatives_with_it(fork_server: Path | None) -> None:
    child = child_process.start("tests.children.sleep_with_relative", {}, fork_server=fork_server)
    pids: list[int] = []
    try:
        for event in child.follow(lambda: None):
            if event["event"] == "pids":
                pids = [event["child"], event["relative"]]
                break
        assert still_living(pids) == pids
    finally:
        child.close()
    until(lambda: not still_living(pids), within_s=5, what="the end of the group")


def test_a_relative_of_a_killed_child_is_ended_too(fork_server: Path | None) -> None:
    child = child_process.start("tests.children.sleep_with_relative", {}, fork_server=fork_server)
    pids: list[int] = []
    try:
        for event in child.follow(lambda: None):
            if event["event"] == "pids":
                pids = [event["child"], event["relative"]]
                os.kill(pids[0], signal.SIGKILL)
    finally:
        child.close()
    assert child.end().signal == signal.SIGKILL
    until(lambda: not still_living(pids), within_s=5, what="the end of the group")


def test_a_child_dies_with_its_worker(fork_server: Path | None, tmp_path: Path) -> None:
    ledger = tmp_path / "pids"
    code = (
        "from pathlib import Path; from jobs.processes import child_process;"
        "child = child_process.start('tests.children.sleep_with_relative',"
        f" {{'ledger': {str(ledger)!r}}},"
        f" fork_server={f'Path({str(fork_server)!r})' if fork_server else None});"
        "list(child.follow(lambda: None))"
    )
    worker = subprocess.Popen([sys.executable, "-c", code])
    until(lambda: ledger.exists() and len(ledger.read_text().splitlines()) == 2, what="the child")
    pids = [int(line.split()[1]) for line in ledger.read_text().splitlines()]
    worker.kill()
    worker.wait()
    until(lambda: not still_living(pids), within_s=5, what="the end of the group")


def test_the_worker_looks_around_while_a_child_is_silent(fork_server: Path | None) -> None:
    looks: list[float] = []

    class Enough(Exception):
        pass

    def look() -> None:
        looks.append(time.monotonic())
        if len(looks) == 8:
            raise Enough

    child = child_process.start("tests.children.sleep_with_relative", {}, fork_server=fork_server)
    with pytest.raises(Enough):
        list(child.follow(look))
    child.close()
    assert max(later - earlier for earlier, later in pairwise(looks)) < 3
    assert not lives(child.pid)


def test_a_fork_server_that_is_gone_is_done_without(tmp_path: Path) -> None:
    end, _ = run("answer", {}, tmp_path / "nobody.sock")
    assert end.result is not None


def test_children_of_a_fork_server_are_made_quickly_and_in_numbers(tmp_path: Path) -> None:
    """Ten at once: none sees another's descriptors, all answer."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(tmp_path / "n.sock"))
    listener.listen()
    server = subprocess.Popen(
        [sys.executable, "-m", "jobs.processes.fork_server", str(listener.fileno()), "60"],
        pass_fds=[listener.fileno()],
    )
    try:
        children = [
            child_process.start(
                "tests.children.answer", {"numbers": [i]}, fork_server=tmp_path / "n.sock"
            )
            for i in range(10)
        ]
        sums = []
        for child in children:
            list(child.follow(lambda: None))
            child.close()
            sums.append((child.end().result or {})["sum"])
        assert sums == list(range(10))
        assert psutil.Process(server.pid).children() == []
        assert psutil.Process(server.pid).num_threads() == 1
    finally:
        server.kill()
        server.wait()
        listener.close()


def test_an_idle_fork_server_goes_to_sleep(tmp_path: Path) -> None:
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(tmp_path / "n.sock"))
    listener.listen()
    server = subprocess.Popen(
        [sys.executable, "-m", "jobs.processes.fork_server", str(listener.fileno()), "0"],
        pass_fds=[listener.fileno()],
    )
    assert server.wait(timeout=20) == 0
    listener.close()


def test_a_fork_server_that_wakes_up_too_late_starts_no_second_child(tmp_path: Path) -> None:
    """Its asker has started the same child by itself meanwhile."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(tmp_path / "n.sock"))
    listener.listen()
    ledger = tmp_path / "pids"
    parameters = {"ledger": str(ledger), "seconds": 0.1}
    end, _ = run("sleep_with_relative", parameters, tmp_path / "n.sock", wait_s=0.3)
    assert end.result is not None
    server = subprocess.Popen(
        [sys.executable, "-m", "jobs.processes.fork_server", str(listener.fileno()), "0"],
        pass_fds=[listener.fileno()],
    )
    assert server.wait(timeout=20) == 0
    listener.close()
    assert len(ledger.read_text().splitlines()) == 2

"""`manage.py up`: one command starts everything, and stopping it leaves nothing."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from django.conf import settings

from videomind.launcher.up import House, Program

# --- the small program that keeps the others running ----------------------------------------------

SLEEP = "import time; time.sleep(600)"
STUBBORN = (
    "import signal, subprocess, sys, time;"
    "signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "subprocess.Popen(['sleep', '600']);"
    "print('up', flush=True); time.sleep(600)"
)


def program(code: str, name: str = "trial") -> Program:
    return Program(name, [sys.executable, "-c", code])


@pytest.fixture
def house() -> Iterator[Callable[..., House]]:
    made: list[House] = []

    def build(*programs: Program) -> House:
        made.append(House(programs, grace_s=0.5, address=("127.0.0.1", 1), ready_line="ready"))
        return made[-1]

    yield build
    for each in made:
        for running in each.programs:
            running.kill()
        for end in each._wake:
            end.close()


def test_a_program_that_dies_starts_again(house: Callable[..., House]) -> None:
    keeper = house(program(SLEEP))
    keeper._step()
    first = keeper.programs[0].process
    assert first is not None
    first.kill()
    first.wait()
    until(lambda: _another_after_a_step(keeper, first.pid))


def _another_after_a_step(keeper: House, pid: int) -> bool:
    keeper._step()
    process = keeper.programs[0].process
    return process is not None and process.pid != pid


def test_the_pause_doubles_while_it_keeps_dying_and_is_short_again_after() -> None:
    dying = program(SLEEP)
    dying.started_at = 100.0
    pauses = [dying.plan_restart(100.0) for _ in range(9)]
    assert pauses == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]
    assert dying.plan_restart(200.0) == 0.5


def test_what_does_not_stop_is_killed_with_its_children(house: Callable[..., House]) -> None:
    keeper = house(program(STUBBORN))
    keeper._step()
    process = keeper.programs[0].process
    assert process is not None
    tree = psutil.Process(process.pid)
    until(lambda: bool(tree.children()))
    members = [tree, *tree.children(recursive=True)]
    started = time.monotonic()
    keeper.asked_to_stop = 2
    keeper._stop()
    assert time.monotonic() - started < 6
    until(lambda: not any(lives(each) for each in members))


# --- the whole product ----------------------------------------------------------------------------


@dataclass
class Running:
    """`manage.py up` on a free port with a data folder of its own."""

    process: subprocess.Popen[str]
    port: int
    log: Path

    def get(self, path: str) -> tuple[int, str]:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
            return answer.status, answer.read().decode()

    def answers(self, path: str = "/healthz") -> bool:
        with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError):
            return self.get(path)[0] == 200
        return False

    def tree(self) -> list[psutil.Process]:
        keeper = psutil.Process(self.process.pid)
        return [keeper, *keeper.children(recursive=True)]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(condition: Callable[[], object], *, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def environment(data: Path, port: int) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return kept | {"DATA_DIR": str(data), "PORT": str(port), "WORKERS": "2"}


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    port, log = free_port(), tmp_path / "up.log"
    with log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "up"],
            cwd=settings.BASE_DIR, env=environment(tmp_path / "data", port), stdout=out,
            stderr=subprocess.STDOUT, text=True, start_new_session=True,
        )  # fmt: skip
    product = Running(process, port, log)
    members: list[psutil.Process] = []
    try:
        until(lambda: process.poll() is not None or product.answers(), seconds=30)
        assert process.poll() is None, log.read_text()
        yield product
    finally:
        with contextlib.suppress(psutil.NoSuchProcess):
            members = product.tree()
        for each in members:
            with contextlib.suppress(psutil.NoSuchProcess):
                each.kill()
        process.wait(timeout=10)


def children_of(product: Running) -> list[psutil.Process]:
    """Once web and workers are both there with children of their own."""
    until(lambda: len(product.tree()) >= 6)
    return product.tree()


@pytest.mark.end_to_end
def test_up_serves_prints_the_link_and_sigterm_leaves_no_process(running: Running) -> None:
    members = children_of(running)
    until(lambda: running.answers("/readyz"))
    assert running.get("/readyz") == (200, '{"status": "ok", "reasons": []}')
    link = re.search(r"http://127\.0\.0\.1:\d+(/setup/\S+)", running.log.read_text())
    assert link is not None
    assert "first administrator" in running.get(link[1])[1]
    assert running.get("/static/videomind/site.css")[0] == 200
    assert running.get("/static/admin/css/base.css")[0] == 200
    running.process.send_signal(signal.SIGTERM)
    assert running.process.wait(timeout=15) == 0
    until(lambda: not any(lives(each) for each in members), seconds=5)
    assert running.log.read_text().rstrip().endswith("stopped")


@pytest.mark.end_to_end
def test_when_up_is_killed_its_whole_tree_dies(running: Running) -> None:
    members = children_of(running)
    running.process.kill()
    running.process.wait(timeout=5)
    until(lambda: not any(lives(each) for each in members), seconds=15)


@pytest.mark.end_to_end
def test_a_dead_web_server_comes_back(running: Running) -> None:
    web = next(each for each in running.tree() if "gunicorn" in each.cmdline())
    web.kill()
    until(lambda: "web ended (killed by signal 9)" in running.log.read_text())
    until(running.answers)


@pytest.mark.end_to_end
def test_a_taken_port_is_one_sentence_and_nothing_is_started(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "manage.py", "up"], cwd=settings.BASE_DIR, capture_output=True,
            env=environment(tmp_path / "data", port), text=True, timeout=60,
        )  # fmt: skip
    assert done.returncode == 1
    assert done.stdout == ""
    assert f"Port {port} on 127.0.0.1 cannot be used" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert (tmp_path / "data" / "videomind.sqlite3").stat().st_size == 0

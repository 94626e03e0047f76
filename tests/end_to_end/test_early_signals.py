"""A stop that comes while `up` or `qcluster` still starts: exit 0, nothing said, nothing left."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from django.conf import settings

from jobs.models import Node
from jobs.supervisor.engine_process import EngineProcess
from jobs.supervisor.signals import Stops
from tests.cluster import environment
from tests.processes import until

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(30)]

# Python tells an audit hook whatever it does. This one, in the process and all that it starts,
# sends the signal to its own process at one exact moment, and notes what is started from then on.
HOOK = """
import os, sys
from pathlib import Path

folder = Path(__file__).parent
signum, moment, where = (folder / "plan").read_text().split("|")

def look(event, arguments):
    if event in ("subprocess.Popen", "os.fork", "os.posix_spawn") and (folder / "sent").exists():
        with (folder / "started").open("a") as file:
            file.write(f"{event} {arguments}\\n")
    if event == moment and where in repr(arguments):
        try:
            (folder / "sent").open("x").close()
        except FileExistsError:
            return
        os.kill(os.getpid(), int(signum))

sys.addaudithook(look)
"""


@dataclass
class Start:
    """A command that gets a signal at a moment of its start."""

    folder: Path
    environment: dict[str, str]

    def run(self, command: str, number: int, moment: str) -> subprocess.CompletedProcess[str]:
        event, _, where = moment.partition(" ")
        (self.folder / "sitecustomize.py").write_text(HOOK)
        (self.folder / "plan").write_text(f"{number}|{event}|{where}")
        return subprocess.run(
            [sys.executable, "manage.py", command], cwd=settings.BASE_DIR,
            env={**self.environment, "PYTHONPATH": str(self.folder)}, capture_output=True,
            text=True, timeout=20, start_new_session=True,
        )  # fmt: skip

    def assert_left_nothing(self) -> None:
        assert (self.folder / "sent").exists(), "the moment never came"
        assert not (self.folder / "started").exists(), (self.folder / "started").read_text()
        assert not list((self.folder / "data").glob("run/*"))
        assert living_with(self.environment["DATA_DIR"]) == []


def living_with(data: str) -> list[psutil.Process]:
    """Wherever it may have gone: what was started for this test has its folder."""
    return [each for each in psutil.process_iter() if _data_folder(each) == data]


def _data_folder(process: psutil.Process) -> str | None:
    try:
        return process.environ().get("DATA_DIR")
    except (psutil.Error, OSError):
        return None


@pytest.fixture
def start(tmp_path: Path) -> Callable[[dict[str, str]], Start]:
    (tmp_path / "data").mkdir()
    return lambda given: Start(tmp_path, {**given, "DATA_DIR": str(tmp_path / "data")})


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.django_db(transaction=True)
@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("moment", "number"),
    [
        pytest.param("import 'django.core.management'", signal.SIGTERM, id="Django is imported"),
        pytest.param(
            "import 'jobs.supervisor.supervisor'", signal.SIGINT, id="the supervisor is imported"
        ),
        pytest.param("socket.bind forks-", signal.SIGTERM, id="the supervisor does not listen yet"),
    ],
)
def test_a_stop_before_the_supervisor_listens_ends_qcluster_in_peace(
    moment: str, number: int, start: Callable[[dict[str, str]], Start]
) -> None:
    begun = start(environment({}))

    done = begun.run("qcluster", number, moment)

    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    begun.assert_left_nothing()
    assert not Node.objects.exists()


@pytest.mark.parametrize(
    ("moment", "number"),
    [
        pytest.param("import 'django.core.management'", signal.SIGINT, id="Django is imported"),
        pytest.param("fcntl.flock ", signal.SIGTERM, id="it waits for its turn to migrate"),
        pytest.param("exec jobs/migrations/", signal.SIGINT, id="it migrates"),
        pytest.param("subprocess.Popen -version", signal.SIGTERM, id="it asks ffmpeg"),
        pytest.param("os.exec videomind.launcher.up", signal.SIGINT, id="it becomes the keeper"),
        pytest.param("import 'videomind.prctl'", signal.SIGTERM, id="the keeper is imported"),
        pytest.param("socket.__new__ ", signal.SIGINT, id="the keeper does not listen yet"),
    ],
)
def test_a_stop_before_the_keeper_listens_ends_up_in_peace(
    moment: str, number: int, start: Callable[[dict[str, str]], Start]
) -> None:
    begun = start(product())

    done = begun.run("up", number, moment)

    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    begun.assert_left_nothing()


def test_a_stop_takes_an_ffmpeg_along_that_does_not_tell_its_version(
    start: Callable[[dict[str, str]], Start], tmp_path: Path
) -> None:
    slow = tmp_path / "ffmpeg"
    slow.write_text("#!/bin/sh\nkill -TERM $PPID\nexec sleep 60\n")
    slow.chmod(0o755)
    begun = start({**product(), "FFMPEG": str(slow)})

    done = begun.run("up", 0, "never")

    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    data = begun.environment["DATA_DIR"]
    until(lambda: not living_with(data), within_s=2, what="the end of ffmpeg")


def product() -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return kept | {"PORT": str(free_port())}


def test_a_stop_before_there_is_an_engine_starts_none() -> None:
    told = EngineProcess(workers=1, stops=Stops(count=1))
    told.start()
    assert told.pid == 0


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgres://somebody@127.0.0.1:{port}/videomind", "connection refused"),
        ("sqlite:///{folder}/empty.sqlite3", "no such table"),
    ],
)
def test_a_database_that_cannot_be_used_is_one_sentence_of_qcluster(
    url: str, words: str, start: Callable[[dict[str, str]], Start], tmp_path: Path
) -> None:
    url = url.format(port=free_port(), folder=tmp_path)
    begun = start({**environment({}), "DATABASE_URL": url})

    done = begun.run("qcluster", 0, "never")

    assert (done.returncode, done.stdout) == (1, ""), done.stderr
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert "The database cannot be used: " in done.stderr
    assert words in done.stderr.lower()
    assert not list(tmp_path.glob("data/run/*"))
    assert living_with(begun.environment["DATA_DIR"]) == []

"""A real `manage.py qcluster` on the test's own database, to be watched and killed from outside."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil
from django.conf import settings
from django.db import connection

from tests.processes import still_living, tree, until


def environment(extra: Mapping[str, str]) -> dict[str, str]:
    """What a product process needs to work on this test's database and folders."""
    downloads = "HTTPS_PROXY" in extra
    values = {
        "DJANGO_SETTINGS_MODULE": "videomind.settings" if downloads else "tests.unwarmed",
        "DATA_DIR": str(settings.DATA_DIR),
        "DATABASE_URL": database_url(),
        "EXTRA_KINDS": "tests.noop,tests.kinds",
        "HELD_ALONG": "trial",
        "ENGINE_TIME_SCALE": "0.1",
        "WORKERS": "3",
        "PYTHONUNBUFFERED": "1",
    }
    return {**os.environ, **values, **extra}


def database_url() -> str:
    parts = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{parts['NAME']}"
    user = f"{parts['USER']}:{parts['PASSWORD']}" if parts["PASSWORD"] else parts["USER"]
    return f"postgres://{user}@{parts['HOST']}:{parts['PORT'] or 5432}/{parts['NAME']}"


QCLUSTER = (sys.executable, "manage.py", "qcluster")


class Cluster:
    """The supervisor and its tree, seen as an operator sees them: pids, names, output."""

    def __init__(self, extra: Mapping[str, str], command: Sequence[str] = QCLUSTER) -> None:
        self.output = Path(tempfile.mkstemp(prefix="qcluster-", suffix=".log")[1])
        with self.output.open("wb") as out:
            self.process = subprocess.Popen(
                list(command),
                env=environment(extra),
                cwd=settings.BASE_DIR,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        self.seen: set[int] = {self.process.pid}
        try:
            until(lambda: self.named("vm-worker"), within_s=60, what="the start of the workers")
        except BaseException:
            print(self.text())  # noqa: T201
            self.end()
            raise

    def text(self) -> str:
        return self.output.read_text()

    def tree(self) -> list[int]:
        pids = tree(self.process.pid)
        self.seen.update(pids)
        return pids

    def named(self, name: str) -> list[int]:
        """The pids of a role, such as vm-engine, vm-worker, vm-forks, vm-child, vm-disk."""
        found = []
        for pid in self.tree():
            try:
                if psutil.Process(pid).name() == name:
                    found.append(pid)
            except psutil.NoSuchProcess:
                continue
        return found

    def stop(self, signum: int = signal.SIGTERM, *, within_s: float = 30.0) -> int:
        self.tree()
        self.process.send_signal(signum)
        return self.process.wait(timeout=within_s)

    def leftovers(self) -> list[int]:
        """Processes of the tree, as far as it was ever seen, that still live."""
        return still_living(self.seen)

    def end(self) -> None:
        if self.process.poll() is None:
            self.tree()
            self.process.kill()
            self.process.wait()
        until(lambda: not self.leftovers(), within_s=10, what="the end of the tree")
        self.output.unlink(missing_ok=True)


@contextmanager
def running(*, command: Sequence[str] = QCLUSTER, **extra: str) -> Iterator[Cluster]:
    cluster = Cluster(extra, command)
    try:
        yield cluster
    except BaseException:
        print(cluster.text())  # noqa: T201  (an operator's view of what went wrong)
        raise
    finally:
        cluster.end()

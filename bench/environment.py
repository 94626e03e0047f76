"""A product of its own for a measurement: folder, database, environment, and its processes."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parent.parent
POSTGRES = os.environ.get("TEST_DATABASE_URL") or "postgres://postgres@127.0.0.1:5432/postgres"


@dataclass
class Product:
    """One installation in a temporary folder, driven through its commands."""

    folder: Path
    environment: dict[str, str]

    def python(self, code: str, *, timeout: float = 600) -> Any:
        """Runs code that prints one JSON line, in a process of the product's own."""
        done = subprocess.run(
            [sys.executable, "-c", "import django; django.setup()\n" + code],
            env=self.environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=timeout,
        )
        if done.returncode:
            raise RuntimeError(done.stderr[-4000:])
        return json.loads(done.stdout.splitlines()[-1])

    def manage(self, *arguments: str, timeout: float = 600) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            env=self.environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=timeout,
        )
        if done.returncode:
            raise RuntimeError(done.stderr[-4000:])
        return done.stdout

    @contextmanager
    def cluster(self, **extra: str) -> Iterator[psutil.Process]:
        """`manage.py qcluster`, ready when its node's row is there."""
        log = (self.folder / "qcluster.log").open("ab")
        process = subprocess.Popen(
            [sys.executable, "manage.py", "qcluster"],
            env={**self.environment, **extra},
            cwd=ROOT,
            stdout=log,
            stderr=log,
        )
        try:
            self._await_workers(process.pid)
            yield psutil.Process(process.pid)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=60)
            log.close()

    def _await_workers(self, pid: int) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            names = [each.name() for each in psutil.Process(pid).children(recursive=True)]
            if "vm-pusher" in names and "vm-worker" in names:
                return
            time.sleep(0.05)
        raise RuntimeError((self.folder / "qcluster.log").read_text()[-4000:])


@contextmanager
def product(database: str, extra: Mapping[str, str] | None = None) -> Iterator[Product]:
    """`database` is "sqlite" or "postgresql"; both are made anew and removed afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="videomind-bench-"))
    name = f"videomind_bench_{os.getpid()}"
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "videomind.settings",
        "DATA_DIR": str(folder),
        "EXTRA_KINDS": "tests.noop",
        "LOG_LEVEL": "WARNING",
        **(extra or {}),
    }
    environment.pop("DATABASE_URL", None)
    if database == "postgresql":
        _postgres(f'CREATE DATABASE "{name}"')
        environment["DATABASE_URL"] = POSTGRES.rsplit("/", 1)[0] + f"/{name}"
    try:
        made = Product(folder, environment)
        made.manage("migrate", "-v0")
        yield made
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if database == "postgresql":
            _postgres(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _postgres(statement: str) -> None:
    import psycopg

    with psycopg.connect(POSTGRES, autocommit=True) as connection:
        connection.execute(statement)


def postgres_answers() -> bool:
    import psycopg

    try:
        psycopg.connect(POSTGRES, connect_timeout=3).close()
    except psycopg.OperationalError:
        return False
    return True


@contextmanager
def youtube(*arguments: str) -> Iterator[dict[str, Any]]:
    """The loopback YouTube in a process of its own; yields what it says when it is ready."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.youtube", "--until-stdin-closes", *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())
    finally:
        process.terminate()
        process.wait(timeout=20)

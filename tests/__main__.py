"""`python -m tests`: the whole suite on SQLite, then what writes SQL on PostgreSQL, and the sums.

Of each half its seconds, and those of its tests by kind: two workers spend two of them at a time.
Where no PostgreSQL answers, one line says that its half was skipped; with CI=true that fails.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg

from tests import sums

DEFAULT_SERVER = "postgres://postgres@127.0.0.1:5432/postgres"


def postgres_answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=3).close()
    except psycopg.OperationalError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Half:
    name: str
    code: int
    seconds: float
    by_file: Mapping[str, float]

    def show(self) -> None:
        result = "green" if self.code == 0 else f"exit {self.code}"
        print(f"{self.name}: {result}, {self.seconds:.0f} s", *sums.lines(self.by_file), sep="\n")


def run(name: str, extra: list[str], database: str) -> Half:
    print(f"\n--- {name}", flush=True)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", *extra, *sys.argv[1:], f"--junitxml={report}"]
        code = subprocess.run(command, env={**os.environ, "TEST_ON": database}).returncode
        return Half(name, code, time.monotonic() - began, sums.read(report))


def main() -> int:
    halves = [run("SQLite, everything", [], "sqlite")]
    url = os.environ.get("TEST_DATABASE_URL") or DEFAULT_SERVER
    skipped = not postgres_answers(url)
    if not skipped:
        halves.append(run("PostgreSQL, what writes SQL", ["-m", "both_databases"], "postgresql"))
    print()
    for half in halves:
        half.show()
    if skipped:
        print(
            "PostgreSQL: skipped, no server answers on 127.0.0.1:5432"
            " (TEST_DATABASE_URL names another)."
        )
    failed = any(half.code for half in halves)
    return int(failed or (skipped and os.environ.get("CI") == "true"))


if __name__ == "__main__":
    sys.exit(main())

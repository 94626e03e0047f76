"""`python -m tests`: the whole suite on SQLite, then what writes SQL on PostgreSQL, and the sums.

Where no PostgreSQL answers, one line says that its half was skipped; with CI=true that fails.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time

import psycopg

DEFAULT_SERVER = "postgres://postgres@127.0.0.1:5432/postgres"


def postgres_answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=3).close()
    except psycopg.OperationalError:
        return False
    return True


def run(name: str, extra: list[str], database: str) -> tuple[str, int, float]:
    print(f"\n--- {name}", flush=True)
    began = time.monotonic()
    command = [sys.executable, "-m", "pytest", *extra, *sys.argv[1:]]
    code = subprocess.run(command, env={**os.environ, "TEST_ON": database}).returncode
    return name, code, time.monotonic() - began


def main() -> int:
    results = [run("SQLite, everything", [], "sqlite")]
    url = os.environ.get("TEST_DATABASE_URL") or DEFAULT_SERVER
    skipped = not postgres_answers(url)
    if not skipped:
        results.append(run("PostgreSQL, what writes SQL", ["-m", "both_databases"], "postgresql"))
    print()
    for name, code, seconds in results:
        print(f"{name}: {'green' if code == 0 else f'exit {code}'}, {seconds:.0f} s")
    if skipped:
        print(
            "PostgreSQL: skipped, no server answers on 127.0.0.1:5432"
            " (TEST_DATABASE_URL names another)."
        )
    failed = any(code for _, code, _ in results)
    return int(failed or (skipped and os.environ.get("CI") == "true"))


if __name__ == "__main__":
    sys.exit(main())

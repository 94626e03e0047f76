"""`make faults`: the long form of the tests that have one, and the table of what was found.

On SQLite, then on PostgreSQL where one answers. FAULTS_SEED repeats a run; further arguments go to
pytest. The table is printed, and written into docs/reliability.md after a run of everything.
"""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from tests.__main__ import DEFAULT_SERVER, postgres_answers
from tests.faults import report
from tests.faults.report import Finding

HAVE_A_LONG_FORM: Final = (
    "tests/faults",
    "tests/end_to_end/test_channel.py",
    "tests/jobs/test_state_machine.py",
)
PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "reliability.md"
MARKED: Final = re.compile(r"(?<=<!-- faults -->\n).*(?=<!-- /faults -->)", re.DOTALL)


def run(database: str, seed: str, found: Path, extra: list[str]) -> int:
    print(f"\n--- the long form on {database}, seed {seed}", flush=True)  # noqa: T201
    environment = {
        "TEST_ON": database,
        "FAULTS": "long",
        "FAULTS_SEED": seed,
        "FAULTS_REPORT": str(found),
    }
    command = [sys.executable, "-m", "pytest", *HAVE_A_LONG_FORM, "--timeout", "1800", *extra]
    if database == "postgresql":
        command += ["-m", "both_databases"]
    return subprocess.run(command, env={**os.environ, **environment}).returncode


def write_page(findings: list[Finding], said: str) -> None:
    text = PAGE.read_text()
    PAGE.write_text(MARKED.sub(lambda _: f"{said}\n\n{report.as_markdown(findings)}\n", text))


def main() -> int:
    seed = os.environ.get("FAULTS_SEED") or str(random.randrange(10**6))
    extra, began = sys.argv[1:], time.monotonic()
    found = Path(tempfile.mkstemp(prefix="faults-", suffix=".jsonl")[1])
    codes = [run("sqlite", seed, found, extra)]
    if postgres_answers(os.environ.get("TEST_DATABASE_URL") or DEFAULT_SERVER):
        codes.append(run("postgresql", seed, found, extra))
    findings = report.read(found)
    found.unlink()
    minutes = (time.monotonic() - began) / 60
    bad = sum(each.result == "FAILED" for each in findings)
    said = f"Seed {seed}, {len(findings)} tests, {bad} failed, {minutes:.0f} minutes."
    print(f"\n{report.as_text(findings)}\n\n{said}")  # noqa: T201
    if not extra:
        write_page(findings, said)
    return int(any(codes))


if __name__ == "__main__":
    sys.exit(main())

"""What the fault tests found: a line for each, gathered over processes, and the table of them."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

PROMISES: Final = {
    1: "No job is lost",
    2: "One effective completion",
    3: "A dead worker is noticed",
    4: "A healthy job is not started twice",
    5: "A poison job is put aside",
    6: "The pool never wedges",
    7: "A stop is graceful and bounded",
    8: "Enqueueing is transactional",
    9: "One active job per target",
    10: "Permanent errors are not retried",
    11: "Outages pass",
    12: "A cancel is final",
    13: "Dependencies are exact",
    14: "Limits and priorities hold",
    15: "Holds spare everybody's attempts",
}
HEAD: Final = ("promise", "injected", "times", "on", "result")


@dataclass(frozen=True, slots=True)
class Finding:
    """One test's line in the table."""

    promise: int
    injected: str
    times: int
    result: str
    database: str

    def cells(self) -> tuple[str, ...]:
        name = PROMISES[self.promise]
        number = f"{self.promise} " if self.promise < 15 else ""
        return f"{number}{name}", self.injected, str(self.times), self.database, self.result


def write(finding: Finding) -> None:
    """One line at the end of the file that FAULTS_REPORT names, if it names one."""
    if path := os.environ.get("FAULTS_REPORT"):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.write(descriptor, (json.dumps(asdict(finding)) + "\n").encode())
        os.close(descriptor)


def read(path: Path) -> list[Finding]:
    found = [Finding(**json.loads(line)) for line in path.read_text().splitlines()]
    return sorted(found, key=lambda each: (each.promise, each.injected, each.database))


def as_markdown(findings: Sequence[Finding]) -> str:
    rows = [HEAD, ("---",) * len(HEAD), *(each.cells() for each in findings)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def as_text(findings: Sequence[Finding]) -> str:
    rows = [HEAD, *(each.cells() for each in findings)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(HEAD))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )

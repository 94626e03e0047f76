"""What the fault tests share: a ledger, and a line of the report."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.db import connection

from tests.faults import report
from tests.faults.ledger import Ledger
from tests.faults.report import Finding


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "ledger")


@dataclass
class Notes:
    """What a test has to say; a test that does not get to say it has failed."""

    promise: int
    database: str
    injected: str = ""
    times: int = 0
    result: str = "FAILED"

    def say(self, injected: str, times: int, result: str) -> None:
        self.injected, self.times, self.result = injected, times, result


@pytest.fixture
def notes(request: pytest.FixtureRequest) -> Iterator[Notes]:
    """The promise's number is in a mark: `pytest.mark.promise(n)`."""
    mark = request.node.get_closest_marker("promise")
    notes = Notes(mark.args[0], "SQLite" if connection.vendor == "sqlite" else "PostgreSQL")
    notes.injected = request.node.name
    yield notes
    report.write(Finding(notes.promise, notes.injected, notes.times, notes.result, notes.database))

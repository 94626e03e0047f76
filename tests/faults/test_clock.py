"""The clock is set while jobs run: nobody healthy is declared lost, and all finish.

An hour is thirty times the timeout of these jobs, and they run for longer than a lease after it.
"""

from __future__ import annotations

import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cluster import running
from tests.faults.conftest import Notes
from tests.faults.jobs import completed, completed_twice, submit, until_all_ended
from tests.faults.ledger import Ledger
from tests.faults.scale import scale

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.both_databases,
    pytest.mark.end_to_end,
    pytest.mark.timeout(600),
    pytest.mark.promise(11),
]
# Times a tenth: a lease is 2 s, renewed every 0.4 s.
LEASE = {"LEASE_S": "20", "HEARTBEAT_S": "4"}
SHIFTS = scale(bounded=(3600, 0), long=(3600, 0, 86400, 86370, 60, 0))


def shifted_clock(folder: Path) -> dict[str, str]:
    """The environment of a process tree whose wall clock is what the file there makes it."""
    compiler = shutil.which("cc")
    if compiler is None or sys.platform != "linux":
        pytest.skip("setting the clock of a process tree needs Linux and a C compiler (cc)")
    source, library = Path(__file__).with_name("shift.c"), folder / "shift.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, source], check=True)
    set_clock(folder, 0)
    return {"LD_PRELOAD": str(library), "SHIFT_FILE": str(folder / "shift")}


def set_clock(folder: Path, seconds: int) -> None:
    """In place: the processes have the file mapped."""
    path = folder / "shift"
    with path.open("r+b" if path.exists() else "w+b") as file:
        file.write(struct.pack("q", seconds))


def test_a_clock_that_is_set_loses_nobody(ledger: Ledger, tmp_path: Path, notes: Notes) -> None:
    with running(**shifted_clock(tmp_path), **LEASE) as cluster:
        for i, seconds in enumerate(SHIFTS):
            for name in "abc":
                submit("trial_tough", name=f"{i} {name}", seconds=3, ledger=str(ledger))
            ledger.until("start", at_least=3 * (i + 1))
            set_clock(tmp_path, seconds)
            until_all_ended()
        assert cluster.stop() == 0
    assert completed() == 3 * len(SHIFTS)
    assert completed_twice() == []
    assert set(ledger.count("start").values()) == {1}
    said = ", ".join(f"{seconds:+d}" for seconds in SHIFTS)
    notes.say(f"the clock set to {said} s", len(SHIFTS), "all finished, one start each")

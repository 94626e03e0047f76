"""Promise 7 once more: a stop is bounded also when the database server says nothing at all."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from tests.cluster import running
from tests.faults import postgres
from tests.faults.conftest import Notes
from tests.faults.postgres import Server
from tests.faults.test_databases import manage
from tests.processes import until

pytestmark = [
    pytest.mark.end_to_end,
    pytest.mark.timeout(300),
    pytest.mark.promise(7),
]
GRACEFUL_S = 1
LAST_GRACE_S = 5


@contextmanager
def silent(server: Server) -> Iterator[None]:
    """Neither an answer nor a closed connection: as behind a firewall that forgot us."""
    first = int(Path(server.data, "postmaster.pid").read_text().splitlines()[0])
    stopped = [psutil.Process(first), *psutil.Process(first).children(recursive=True)]
    for each in stopped:
        each.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for each in stopped:
            each.send_signal(signal.SIGCONT)


def test_a_stop_is_bounded_though_the_server_is_silent(notes: Notes) -> None:
    notes.database = "PostgreSQL"
    found = postgres.programs()
    if found is None:
        pytest.skip("a PostgreSQL of its own needs the server's programs (initdb, pg_ctl)")
    with postgres.server(found) as server:
        extra = {"DATABASE_URL": server.url, "GRACEFUL_TIMEOUT": str(GRACEFUL_S)}
        manage(extra, "migrate", "--verbosity", "0")
        with running(**extra) as cluster, silent(server):
            # The supervisor asks the server once a second at the latest.
            time.sleep(1.5)
            cluster.tree()
            began = time.monotonic()
            cluster.stop(within_s=GRACEFUL_S + LAST_GRACE_S + 5)
            took = time.monotonic() - began
            # Each process ends with its parent, the kernel sees to it: one after the other.
            until(lambda: not cluster.leftovers(), within_s=5, what="the end of the tree")
    notes.say("SIGTERM while PostgreSQL is silent", 1, f"within {took:.1f} s, no process left")

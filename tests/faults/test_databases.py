"""The database goes away for a while: restarted, its connections ended, held by somebody else."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import time

import pytest
from django.conf import settings
from django.db import connection

from tests.cluster import environment, running
from tests.faults import postgres
from tests.faults.conftest import Notes
from tests.faults.jobs import completed, completed_twice, spent, submit, until_all_ended
from tests.faults.ledger import Ledger
from tests.faults.postgres import Server
from tests.faults.scale import scale
from tests.processes import until

pytestmark = [
    pytest.mark.end_to_end,
    pytest.mark.timeout(900),
    pytest.mark.promise(11),
]


def test_a_restarted_postgresql_costs_no_job(ledger: Ledger, notes: Notes) -> None:
    """A server of the test's own: its connections are ended, then it is killed.

    It is away for longer than a lease of 0.8 s, and nobody is to be declared lost.
    """
    notes.database = "PostgreSQL"
    found = postgres.programs()
    if found is None:
        pytest.skip("restarting PostgreSQL needs its server programs (initdb, pg_ctl)")
    rounds, many = scale(bounded=1, long=6), scale(bounded=12, long=300)
    with postgres.server(found) as server:
        extra = {"DATABASE_URL": server.url, "LEASE_S": "8", "HEARTBEAT_S": "2"}
        manage(extra, "migrate", "--verbosity", "0")
        enqueue(extra, many, {"seconds": 0.5, "ledger": str(ledger)})
        with running(**extra) as cluster:
            for round_ in range(1, rounds + 1):
                part = many * round_ // (3 * rounds)
                ledger.until("end", at_least=part, within_s=300)
                server.end_connections()
                ledger.until("end", at_least=part + 3)
                server.stop()
                time.sleep(1)
                server.start()
            until(lambda: not active(server), within_s=120, what="the end of all jobs")
            assert cluster.stop() == 0
            assert "starting anew" not in cluster.text()
        rows = server.rows("SELECT status, count(*) FROM jobs_job GROUP BY status")
        paid = server.rows("SELECT sum(retry_count + crashes) FROM jobs_job")
        assert paid == [(0,)]
        twice = "GROUP BY job_id HAVING count(*) > 1"
        assert rows == [("completed", many)]
        assert not server.rows(
            f"SELECT job_id FROM jobs_attempt WHERE outcome = 'completed' {twice}"
        )
    result = f"{many} completed, no attempt spent"
    notes.say("PostgreSQL killed and restarted, connections ended", 2 * rounds, result)


def manage(extra: dict[str, str], *arguments: str) -> None:
    command = [sys.executable, "manage.py", *arguments]
    subprocess.run(command, env=environment(extra), cwd=settings.BASE_DIR, check=True, timeout=120)


def enqueue(extra: dict[str, str], many: int, parameters: dict[str, object]) -> None:
    subprocess.run(
        [sys.executable, "-m", "tests.faults.enqueuer", "many", str(many), "trial_tough"],
        env=environment(extra),
        cwd=settings.BASE_DIR,
        input=json.dumps(parameters).encode(),
        stdout=subprocess.DEVNULL,
        check=True,
        timeout=120,
    )


def active(server: Server) -> bool:
    sql = "SELECT 1 FROM jobs_job WHERE status NOT IN ('completed', 'dead_letter') LIMIT 1"
    return bool(server.rows(sql))


@pytest.mark.django_db(transaction=True)
def test_a_held_sqlite_file_costs_no_job(ledger: Ledger, notes: Notes) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("only SQLite's file can be held by one")
    rounds, seconds = scale(bounded=(1, 3), long=(3, 20))
    for i in range(scale(bounded=9, long=60)):
        submit("trial_tough", name=str(i), seconds=0.5, ledger=str(ledger))
    with running(LEASE_S="20", HEARTBEAT_S="4") as cluster:
        for _ in range(rounds):
            until(ledger.busy, what="work")
            hold_for(seconds)
        until_all_ended(within_s=120)
        assert cluster.stop() == 0
        assert cluster.leftovers() == []
    assert completed() == len(ledger.count("start"))
    assert (completed_twice(), spent()) == ([], 0)
    result = f"{completed()} completed, no attempt spent"
    notes.say(f"SQLite held exclusively for {seconds} s", rounds, result)


def hold_for(seconds: float) -> None:
    """Longer than a lease of 2 s: every writer waits, and nobody is to be declared lost."""
    holder = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None, timeout=60)
    try:
        holder.execute("BEGIN EXCLUSIVE")
        time.sleep(seconds)
        holder.execute("COMMIT")
    finally:
        holder.close()

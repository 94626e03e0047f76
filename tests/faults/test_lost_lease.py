"""A worker that is stopped past its lease has lost the job: another one does it, once."""

from __future__ import annotations

import signal
import time
from typing import Any

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction

from jobs.models import Attempt, Job
from jobs.states import Outcome, Status
from tests.cluster import Cluster, running
from tests.faults.conftest import Notes
from tests.faults.hunting import kill
from tests.faults.jobs import completed, completed_twice, submit, until_all_ended, until_status
from tests.faults.ledger import Ledger
from tests.faults.scale import scale
from tests.processes import lives, until

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.both_databases,
    pytest.mark.end_to_end,
    pytest.mark.timeout(600),
]


# Times a tenth: a lease is 3 s, a host is silent after 6, a lost job is due again in 0.2.
QUICK = {"LEASE_S": "30", "BACKOFF_BASE_S": "2"}


@pytest.mark.promise(2)
def test_a_suspended_host_that_wakes_up_writes_nothing(ledger: Ledger, notes: Notes) -> None:
    """The whole tree of one host is stopped, as by a suspended machine; another host takes over."""
    with running(NODE_HOST="first", **QUICK) as first:
        job = submit("trial_tough", name="a", seconds=2, ledger=str(ledger))
        until(ledger.busy, what="its start")
        stopped = ledger.busy()[0]
        suspend(first)
        with running(NODE_HOST="second", **QUICK) as second:
            until_status(job, Status.COMPLETED, within_s=60)
            assert fresh_pid(job) != stopped
            before = row_of(job)
            wake(first)
            until(lambda: "the lease was lost" in first.text(), what="the first host's insight")
            assert row_of(job) == before
            assert second.stop() == 0
        # The one that woke up works on.
        until_status(submit("noop", name="after"), Status.COMPLETED)
        assert first.stop() == 0
    effects = [line.pid for line in ledger.lines() if line.word == "effect"]
    assert len(effects) == 1
    assert effects != [stopped]
    notes.say("SIGSTOP of a whole host past its lease", 1, "the other finished, the first was mute")


def fresh_pid(job: Job) -> int | None:
    return job.attempts.get(outcome=Outcome.COMPLETED).pid


def row_of(job: Job) -> tuple[Any, int]:
    return Job.objects.filter(pk=job.pk).values().get(), Attempt.objects.count()


def suspend(cluster: Cluster) -> None:
    """At a moment when none of its processes is in the middle of a write."""
    for _ in range(20):
        for pid in cluster.tree():
            kill(pid, signal.SIGSTOP)
        if nobody_holds_a_lock():
            return
        wake(cluster)
    raise AssertionError("its processes hold a lock whenever they are stopped")


def wake(cluster: Cluster) -> None:
    for pid in reversed(cluster.tree()):
        kill(pid, signal.SIGCONT)


def nobody_holds_a_lock() -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                return True
            cursor.execute("SELECT id FROM jobs_job FOR UPDATE NOWAIT")
            return True
    except DatabaseError:
        return False


@pytest.mark.promise(2)
def test_a_stopped_worker_of_a_living_host_is_replaced(ledger: Ledger, notes: Notes) -> None:
    times = scale(bounded=1, long=5)
    with running(**QUICK) as cluster:
        for round_ in range(times):
            job = submit("trial_tough", name=str(round_), seconds=1, ledger=str(ledger))
            until(ledger.busy, what="its start")
            stopped = ledger.busy()[0]
            assert kill(stopped, signal.SIGSTOP)
            until_gone(stopped)
            until_status(job, Status.COMPLETED)
        assert cluster.stop() == 0
        assert cluster.leftovers() == []
    assert set(ledger.count("effect").values()) == {1}
    assert completed_twice() == []
    notes.say(
        "SIGSTOP of a busy worker past its lease", times, "ended, and its job done by another"
    )


def until_gone(pid: int) -> None:
    until(lambda: not lives(pid), within_s=60, what="its end")


@pytest.mark.promise(6)
def test_a_killed_hosts_work_is_taken_over_by_another(ledger: Ledger, notes: Notes) -> None:
    """Started again elsewhere within a minute; at a tenth within 6 s, and 1 s that is no tenth."""
    many = scale(bounded=8, long=60)
    with running(NODE_HOST="first") as first:
        for i in range(many):
            submit("trial_tough", name=str(i), seconds=1, ledger=str(ledger))
        with running(NODE_HOST="second") as second:
            until(lambda: both_work(first, second, ledger), what="work on both hosts")
            first.tree()
            first.process.kill()
            killed = time.monotonic()
            first.process.wait()
            until(lambda: not first.leftovers(), within_s=10, what="the end of the first host")
            until_all_ended(within_s=60)
            assert second.stop() == 0
    assert (completed(), completed_twice()) == (many, [])
    lost = Attempt.objects.filter(outcome=Outcome.WORKER_LOST, host="first")
    again = [ledger.last("start")[pk] - killed for pk in lost.values_list("job_id", flat=True)]
    assert again
    assert max(again) < 60 * settings.TIME_SCALE + 1
    said = f"{many} of {many} completed, none twice, again after {max(again):.1f} s at a tenth"
    notes.say("kill -9 of one of two hosts", 1, said)


def both_work(first: Cluster, second: Cluster, ledger: Ledger) -> bool:
    busy = set(ledger.busy())
    return bool(busy & set(first.named("vm-worker")) and busy & set(second.named("vm-worker")))

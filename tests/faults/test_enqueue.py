"""Enqueueing and retrying: all or nothing, once each, and never again what is permanent."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from itertools import pairwise

import pytest
from django.conf import settings
from django.db import connection, transaction

from jobs import queue, retry
from jobs.failures import FAILURES, Policy
from jobs.models import Job
from jobs.queue import refusals
from jobs.states import Status
from tests.cluster import environment, running
from tests.faults.conftest import Notes
from tests.faults.jobs import fresh, submit, until_all_ended, until_status
from tests.faults.ledger import Ledger
from tests.faults.scale import scale

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.both_databases,
    pytest.mark.end_to_end,
    pytest.mark.timeout(600),
]
ENQUEUER = [sys.executable, "-m", "tests.faults.enqueuer"]


@pytest.mark.promise(8)
def test_a_job_whose_transaction_dies_with_its_process_never_was(notes: Notes) -> None:
    rounds = scale(bounded=1, long=10)
    with running() as cluster:
        for round_ in range(rounds):
            process = subprocess.Popen(
                [*ENQUEUER, "hang", str(round_)],
                env=environment({}),
                cwd=settings.BASE_DIR,
                stdout=subprocess.PIPE,
            )
            assert process.stdout
            assert json.loads(process.stdout.readline())["job"]
            process.kill()
            process.wait()
            process.stdout.close()
            until_status(submit("noop", name=f"after {round_}"), Status.COMPLETED)
        assert cluster.stop() == 0
    assert not Job.objects.filter(job_type="trial_tough").exists()
    notes.say("kill -9 in the middle of the transaction", rounds, "no job, and work went on")


@pytest.mark.promise(8)
def test_a_job_starts_after_the_commit_and_not_at_all_after_a_rollback(
    ledger: Ledger, notes: Notes
) -> None:
    with running() as cluster:
        for name in ("kept", "taken back"):
            with transaction.atomic():
                submit("trial_tough", name=name, ledger=str(ledger))
                if name != "kept":
                    transaction.set_rollback(True)
        until_all_ended()
        until_status(submit("noop", name="last"), Status.COMPLETED)
        assert cluster.stop() == 0
    kept = Job.objects.get(job_type="trial_tough")
    assert ledger.count("start") == {kept.pk: 1}
    notes.say("a rollback beside a commit", 1, "only what was committed ran")


@pytest.mark.promise(9)
def test_eight_processes_that_want_the_same_make_one_job(notes: Notes) -> None:
    rounds = scale(bounded=2, long=20)
    for round_ in range(rounds):
        done = subprocess.run(
            [*ENQUEUER, "race", "8", str(round_)],
            env=environment({}),
            cwd=settings.BASE_DIR,
            capture_output=True,
            timeout=120,
        )
        said = [json.loads(line) for line in done.stdout.splitlines()]
        assert len(said) == 8, done.stderr.decode()
        assert len({each["job"] for each in said}) == 1
        assert sum(each["created"] for each in said) == 1
    assert Job.objects.count() == rounds
    notes.say("8 processes enqueue the same target at once", rounds, "one job each time")


@pytest.mark.promise(9)
def test_of_two_operators_who_retry_at_once_one_wins(notes: Notes) -> None:
    rounds = scale(bounded=15, long=200)
    job = submit("trial_sleep", name="a")
    for _ in range(rounds):
        Job.objects.filter(pk=job.pk).update(status=Status.DEAD_LETTER)
        before = fresh(job).rounds
        answers = at_once([lambda: retried(job.pk)] * 2)
        assert sorted(answers) == [False, True]
        assert (fresh(job).status, fresh(job).rounds) == (Status.PENDING, before + 1)
    notes.say("two retries of one job at once", rounds, "one wins, the other is told")


def retried(job_id: int) -> bool:
    try:
        queue.retry(Job.objects.get(pk=job_id))
    except refusals.NotPossible:
        return False
    finally:
        connection.close()
    return True


def at_once(calls: list[Callable[[], bool]]) -> list[bool]:
    barrier = threading.Barrier(len(calls))
    answers: list[bool] = []

    def call(function: Callable[[], bool]) -> None:
        barrier.wait()
        answers.append(function())

    threads = [threading.Thread(target=call, args=(each,)) for each in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


@pytest.mark.promise(10)
def test_what_is_permanent_is_tried_once_and_the_rest_as_published(
    ledger: Ledger, notes: Notes
) -> None:
    """The schedule runs at a hundredth: 0.15, 0.3 and 0.6 s, a quarter more or less."""
    permanent = [code for code, row in FAILURES.items() if row.policy is Policy.PERMANENT]
    with running(BACKOFF_BASE_S="1.5") as cluster:
        for code in permanent:
            submit("trial_fail", name=code, code=code, ledger=str(ledger))
        retried = [submit("trial_fail", name=f"r{i}", code="read_timeout") for i in range(5)]
        until_all_ended()
        assert cluster.stop() == 0
    for job in Job.objects.filter(target__in=permanent):
        assert (job.status, job.retry_count) == (Status.DEAD_LETTER, 0), job.target
        assert ledger.count("start")[job.pk] == 1
    for job in retried:
        assert_waits_as_published(fresh(job))
    injected = f"{len(permanent)} permanent codes, 5 jobs that always fail"
    notes.say(injected, len(permanent) + 5, "1 start each; 4 starts each with the published pauses")


def assert_waits_as_published(job: Job) -> None:
    assert job.status == Status.DEAD_LETTER
    attempts = list(job.attempts.order_by("number"))
    assert [each.number for each in attempts] == [1, 2, 3, 4]
    for n, (ended, started) in enumerate(pairwise(attempts), start=1):
        waited = (started.started_at - ended.ended_at).total_seconds()
        least = retry.backoff(n, base=0.15, cap=3, jitter=-1)
        # A millisecond for clocks that are cut to it; a generous bound above, for a busy machine.
        assert least - 0.002 <= waited < retry.backoff(n, base=0.15, cap=3, jitter=1) + 15

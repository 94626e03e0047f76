"""Jobs through a real supervisor and its workers, some of which are killed from outside."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from jobs import queue
from jobs.models import Attempt, Job, Node
from jobs.states import Outcome, Status
from tests.cluster import QCLUSTER, Cluster, running
from tests.processes import still_living, until

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.both_databases,
    pytest.mark.end_to_end,
]


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    with running() as cluster:
        yield cluster


def submit(job_type: str, **parameters: Any) -> Job:
    return queue.submit(job_type, parameters).job


def status(job: Job) -> str:
    return str(Job.objects.values_list("status", flat=True).get(pk=job.pk))


def until_status(job: Job, *wanted: Status, within_s: float = 20.0) -> Job:
    until(lambda: status(job) in wanted, within_s=within_s, what=f"{job} as {wanted}")
    return Job.objects.get(pk=job.pk)


def pids(ledger: Path, count: int = 2) -> list[int]:
    until(lambda: ledger.exists() and len(ledger.read_text().splitlines()) >= count, what="pids")
    return [int(line.split()[-1]) for line in ledger.read_text().splitlines()]


def test_hundreds_of_jobs_complete_once_each(cluster: Cluster) -> None:
    jobs = [submit("noop", name=str(i)) for i in range(300)]
    until(lambda: not Job.objects.active().exists(), what="the end of all jobs")
    assert Job.objects.filter(status=Status.COMPLETED).count() == len(jobs)
    assert Attempt.objects.count() == len(jobs)
    assert cluster.stop() == 0
    assert cluster.leftovers() == []


def test_an_idle_node_shows_itself_and_a_stopped_one_is_gone(cluster: Cluster) -> None:
    node = Node.objects.get()
    assert (node.pid, node.workers) == (cluster.process.pid, 3)
    until(lambda: Node.objects.get().heartbeat_at > node.heartbeat_at, what="a heartbeat")
    assert cluster.stop() == 0
    assert not Node.objects.exists()


@pytest.mark.parametrize("workers", [1, 4])
def test_the_command_line_may_say_another_number_of_workers(workers: int) -> None:
    """Fewer or more than the setting, 3: each slot has its worker, and the first engine stays."""
    with running(command=(*QCLUSTER, "--workers", str(workers))) as cluster:
        # What it has just forked bears its name for a moment, and a higher number.
        engine = min(cluster.named("vm-engine"))
        until(lambda: len(cluster.named("vm-worker")) == workers, what="a worker in each slot")
        until_status(submit("noop"), Status.COMPLETED)
        assert (min(cluster.named("vm-engine")), Node.objects.get().workers) == (engine, workers)
        assert len(cluster.named("vm-worker")) == workers
        assert cluster.stop() == 0


def test_a_retry_starts_by_itself_when_it_is_due() -> None:
    with running(BACKOFF_BASE_S="2"):
        job = until_status(
            submit("trial_fail", name="a", code="read_timeout", times=1), Status.COMPLETED
        )
    outcomes = job.attempts.values_list("outcome", flat=True)
    assert list(outcomes) == [Outcome.FAILED, Outcome.COMPLETED]


@pytest.mark.parametrize("role", ["vm-worker", "vm-pusher", "vm-monitor"])
def test_work_goes_on_after_an_idle_process_is_killed(cluster: Cluster, role: str) -> None:
    for round_ in range(3):
        for pid in cluster.named(role):
            os.kill(pid, signal.SIGKILL)
        until_status(submit("noop", name=str(round_)), Status.COMPLETED)
    assert cluster.stop() == 0


def test_a_killed_worker_costs_one_attempt_and_leaves_no_child(
    cluster: Cluster, tmp_path: Path
) -> None:
    ledger = tmp_path / "pids"
    job = submit("trial_child", name="a", seconds=600, ledger=str(ledger))
    family = pids(ledger)
    job.refresh_from_db()
    assert job.pid is not None
    os.kill(job.pid, signal.SIGKILL)
    until(lambda: not still_living(family), within_s=5, what="the end of the child's group")
    until(lambda: Attempt.objects.exists(), what="the attempt's row")
    attempt = Attempt.objects.get()
    assert (attempt.outcome, attempt.failure_code) == (Outcome.WORKER_LOST, "worker_lost")
    queue.cancel(Job.objects.get(pk=job.pk))
    until_status(job, Status.CANCELLED, within_s=10)
    assert cluster.stop() == 0
    assert not still_living(pids(ledger))


def test_a_killed_child_is_a_failed_attempt_and_its_relatives_end(
    cluster: Cluster, tmp_path: Path
) -> None:
    ledger = tmp_path / "pids"
    job = submit("trial_child", name="a", seconds=600, ledger=str(ledger))
    family = pids(ledger)
    os.kill(family[0], signal.SIGKILL)
    until(lambda: not still_living(family), within_s=5, what="the end of the child's group")
    until(lambda: Attempt.objects.exists(), what="the attempt's row")
    attempt = Attempt.objects.get()
    assert (attempt.failure_code, attempt.signal) == ("child_killed", signal.SIGKILL)
    queue.cancel(Job.objects.get(pk=job.pk))


def test_a_killed_engine_is_started_again_and_its_jobs_recovered(
    cluster: Cluster, tmp_path: Path
) -> None:
    ledger = tmp_path / "pids"
    job = submit("trial_child", name="a", seconds=600, ledger=str(ledger))
    family = pids(ledger)
    before = [*cluster.named("vm-engine"), *cluster.named("vm-worker"), *family]
    os.kill(before[0], signal.SIGKILL)
    until(lambda: not still_living(before), within_s=10, what="the end of the old engine")
    until_status(submit("noop", name="after"), Status.COMPLETED)
    until(lambda: Attempt.objects.filter(job=job).exists(), what="the recovery")
    queue.cancel(Job.objects.get(pk=job.pk))
    until_status(job, Status.CANCELLED, within_s=10)


def test_a_killed_supervisor_takes_everything_with_it(cluster: Cluster, tmp_path: Path) -> None:
    ledger = tmp_path / "pids"
    submit("trial_child", name="a", seconds=600, ledger=str(ledger))
    everybody = [*pids(ledger), *cluster.tree()]
    cluster.process.kill()
    cluster.process.wait()
    until(lambda: not still_living(everybody), within_s=10, what="the end of the tree")


def test_a_cancelled_job_ends_within_seconds_with_its_whole_group(
    cluster: Cluster, tmp_path: Path
) -> None:
    ledger = tmp_path / "pids"
    job = submit("trial_child", name="a", seconds=600, ledger=str(ledger))
    family = pids(ledger)
    queue.cancel(job)
    job = until_status(job, Status.CANCELLED, within_s=10)
    assert not still_living(family)
    assert job.attempts.get().outcome == Outcome.CANCELLED


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_stop_lets_running_work_end(cluster: Cluster, signum: int) -> None:
    """A closed terminal (HUP) is a stop like any other."""
    job = submit("trial_sleep", name="a", seconds=1)
    until_status(job, Status.RUNNING)
    assert cluster.stop(signum) == 0
    assert status(job) == Status.COMPLETED
    assert cluster.leftovers() == []


def test_a_stop_is_bounded_and_gives_long_work_back_unharmed(tmp_path: Path) -> None:
    ledger = tmp_path / "pids"
    with running(GRACEFUL_TIMEOUT="1") as cluster:
        job = submit("trial_child", name="a", seconds=600, ledger=str(ledger))
        family = pids(ledger)
        began = time.monotonic()
        assert cluster.stop() == 0
        assert time.monotonic() - began < 1 + 5
        assert not still_living([*family, *cluster.seen])
    job = Job.objects.get(pk=job.pk)
    assert (job.status, job.attempt_number, job.crashes) == (Status.PENDING, 0, 0)
    assert job.attempts.get().outcome == Outcome.RELEASED


def test_a_second_signal_stops_at_once(tmp_path: Path) -> None:
    ledger = tmp_path / "pids"
    with running(GRACEFUL_TIMEOUT="600") as cluster:
        submit("trial_child", name="a", seconds=600, ledger=str(ledger))
        family = pids(ledger)
        cluster.tree()
        cluster.process.send_signal(signal.SIGTERM)
        until(lambda: "Stopping" in cluster.text(), what="the first signal's answer")
        cluster.process.send_signal(signal.SIGTERM)
        assert cluster.process.wait(timeout=10) == 0
        assert not still_living([*family, *cluster.seen])


def test_a_signal_to_every_process_at_once_spends_no_attempt(
    cluster: Cluster, tmp_path: Path
) -> None:
    job = submit("trial_sleep", name="a", seconds=1)
    until_status(job, Status.RUNNING)
    for pid in cluster.tree():
        os.kill(pid, signal.SIGTERM)
    assert cluster.process.wait(timeout=30) == 0
    assert status(job) == Status.COMPLETED
    assert [each.outcome for each in job.attempts.all()] == [Outcome.COMPLETED]
    assert cluster.leftovers() == []


def test_an_idle_job_starts_at_once(cluster: Cluster) -> None:
    """No timed promise here (bench/ has those): only that it is not the slow poll that finds it."""
    if connection.vendor == "sqlite":
        until_status(submit("noop"), Status.COMPLETED)
    waits = []
    for i in range(10):
        job = until_status(submit("noop", name=f"n{i}"), Status.COMPLETED)
        assert job.started_at is not None
        waits.append((job.started_at - job.created_at).total_seconds())
    assert sorted(waits)[len(waits) // 2] < 0.5

"""Workers and their keepers die by kill -9: no job is lost, none ends twice, the pool goes on."""

from __future__ import annotations

import os
import signal
import time

import pytest

from jobs.models import Attempt, Job
from jobs.states import Outcome, Status
from tests.cluster import Cluster, running
from tests.faults.conftest import Notes
from tests.faults.hunting import hunting, kill
from tests.faults.jobs import (
    completed,
    completed_twice,
    fresh,
    submit,
    until_all_ended,
    until_status,
)
from tests.faults.ledger import Ledger, most_at_once
from tests.faults.scale import dice, scale
from tests.processes import lives, until

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.both_databases,
    pytest.mark.end_to_end,
    pytest.mark.timeout(900),
]
# Times a tenth: a killed worker's job is due again in 0.2 s, then 0.4.
SOON = {"BACKOFF_BASE_S": "2"}


@pytest.mark.promise(1)
def test_no_job_is_lost_while_busy_workers_are_killed(ledger: Ledger, notes: Notes) -> None:
    by, many = dice("lost"), scale(bounded=60, long=1000)
    for i in range(many):
        submit("trial_tough", name=str(i), seconds=by.uniform(0.05, 0.2), ledger=str(ledger))
    every = scale(bounded=(0.3, 0.9), long=(0.5, 2.0))
    with running(**SOON) as cluster:
        with hunting(ledger.busy, every=every, by=by) as killed:
            until_all_ended(within_s=scale(bounded=120, long=600))
        assert cluster.stop() == 0
        assert cluster.leftovers() == []
    assert killed
    assert completed() == many
    assert completed_twice() == []
    assert Attempt.objects.filter(outcome=Outcome.COMPLETED).count() == many
    # An effect is seen again only where the worker died between it and the end of its attempt.
    effects = ledger.count("effect")
    assert len(effects) == many
    assert effects.total() - many <= len(killed)
    assert_no_job_ran_twice_at_once(ledger, killed)
    notes.say("kill -9 of a busy worker", len(killed), f"{many} of {many} completed, none twice")


def assert_no_job_ran_twice_at_once(ledger: Ledger, killed: dict[int, float]) -> None:
    spans = ledger.spans(killed)
    for job_id in {span.job_id for span in spans}:
        assert most_at_once([span for span in spans if span.job_id == job_id]) == 1


ROLES = ("vm-pusher", "vm-monitor", "vm-engine", "vm-forks")


@pytest.mark.promise(6)
def test_work_goes_on_whichever_process_is_killed(notes: Notes) -> None:
    roles = ["vm-worker"] * scale(bounded=2, long=10) + list(ROLES) * scale(bounded=1, long=3)
    slowest = 0.0
    with running() as cluster:
        through_the_wall(cluster, "first")
        for round_, role in enumerate(roles):
            began = time.monotonic()
            victim = someone(cluster, role)
            assert kill(victim)
            through_the_wall(cluster, str(round_))
            slowest = max(slowest, time.monotonic() - began)
            until(lambda: is_whole(cluster), within_s=60, what=f"the pool without its {role}")
            assert not lives(victim)
        assert cluster.stop() == 0
        assert cluster.leftovers() == []
    assert Job.objects.exclude(status=Status.COMPLETED).count() == 0
    injected = "kill -9 of an idle worker, pusher, monitor, engine, fork server"
    notes.say(injected, len(roles), f"work went on within {slowest:.1f} s, no process stayed")


def someone(cluster: Cluster, role: str) -> int:
    return until(lambda: cluster.named(role), within_s=60, what=f"a {role}")[0]


def through_the_wall(cluster: Cluster, name: str) -> None:
    """One job inline and one in a child: worker and fork server both answer."""
    jobs = [submit("noop", name=name), submit("trial_child", name=name, seconds=0)]
    for job in jobs:
        until_status(job, Status.COMPLETED, within_s=60)


def is_whole(cluster: Cluster) -> bool:
    wanted = {"vm-engine": 1, "vm-worker": 3, "vm-pusher": 1, "vm-monitor": 1}
    return all(len(cluster.named(role)) == count for role, count in wanted.items())


@pytest.mark.promise(3)
def test_a_busy_workers_death_is_noticed_whatever_the_jobs_length(
    ledger: Ledger, notes: Notes
) -> None:
    """The job sleeps for an hour; its second start is what shows that the first was noticed."""
    rounds, slowest = scale(bounded=2, long=8), 0.0
    with running(**SOON) as cluster:
        job = submit("trial_tough", name="long", seconds=3600, ledger=str(ledger))
        for done in range(rounds):
            ledger.until("start", at_least=done + 1, job_id=job.pk)
            victim, began = ledger.busy()[0], time.monotonic()
            assert kill(victim)
            until_attempts(done + 1)
            slowest = max(slowest, time.monotonic() - began)
            ledger.until("start", at_least=done + 2, job_id=job.pk)
        assert fresh(job).crashes == rounds
        cluster.process.kill()
        cluster.process.wait()
        until(lambda: not cluster.leftovers(), within_s=10, what="the end of the tree")
    notes.say("kill -9 of a worker with a job of an hour", rounds, f"noticed in {slowest:.1f} s")


def until_attempts(count: int) -> None:
    until(lambda: Attempt.objects.count() >= count, within_s=60, what="the notice")


@pytest.mark.promise(6)
def test_a_killed_supervisor_takes_all_with_it_and_the_next_one_finishes(
    ledger: Ledger, notes: Notes
) -> None:
    rounds, many = scale(bounded=1, long=5), scale(bounded=6, long=10)
    for i in range(many):
        submit("trial_tough", name=str(i), seconds=0.5 * (1 + i % 2), ledger=str(ledger))
    for _ in range(rounds):
        before = len(ledger.lines())
        with running(**SOON) as cluster:
            until_more(ledger, before)
            cluster.tree()
            os.kill(cluster.process.pid, signal.SIGKILL)
            cluster.process.wait()
            until(lambda: not cluster.leftovers(), within_s=10, what="the end of the tree")
    with running(**SOON) as cluster:
        until_all_ended()
        assert cluster.stop() == 0
    assert (completed(), completed_twice()) == (many, [])
    said = f"its tree ended with it, all {many} jobs completed"
    notes.say("kill -9 of the supervisor", rounds, said)


def until_more(ledger: Ledger, before: int) -> None:
    until(lambda: len(ledger.lines()) > before, what="some work")


@pytest.mark.promise(4)
def test_a_healthy_long_job_is_started_once(ledger: Ledger, notes: Notes) -> None:
    """Beyond two leases of 1.5 s, while its neighbours are killed and the pool changes."""
    seconds = scale(bounded=3.5, long=40)
    with running(LEASE_S="15", HEARTBEAT_S="3") as cluster:
        job = submit("trial_tough", name="long", seconds=seconds, ledger=str(ledger))
        until(lambda: ledger.busy(), what="its start")
        keeps = ledger.busy()[0]
        idle = [pid for pid in cluster.named("vm-worker") if pid != keeps]
        for victim in [*idle, *cluster.named("vm-pusher"), *cluster.named("vm-monitor")]:
            kill(victim)
        until_status(job, Status.COMPLETED, within_s=seconds + 60)
        assert cluster.stop() == 0
    assert ledger.count("start")[job.pk] == ledger.count("effect")[job.pk] == 1
    assert [each.outcome for each in job.attempts.all()] == [Outcome.COMPLETED]
    notes.say(f"{seconds} s of work, all its neighbours killed", 4, "one start, one end")


@pytest.mark.promise(5)
def test_a_poison_job_gets_three_starts_beside_healthy_ones(ledger: Ledger, notes: Notes) -> None:
    many = scale(bounded=40, long=100)
    with running(**SOON) as cluster:
        poison = submit("trial_poison", name="poison", ledger=str(ledger))
        for i in range(many):
            submit("trial_tough", name=str(i), seconds=0.05)
        until_all_ended(within_s=120)
        assert cluster.stop() == 0
    poison = fresh(poison)
    assert (poison.status, poison.failure_code) == (Status.DEAD_LETTER, "worker_lost")
    assert "died 3 times" in poison.dead_letter_reason
    assert ledger.count("start")[poison.pk] == 3
    assert completed() == many
    outcomes = list(poison.attempts.values_list("outcome", flat=True))
    assert outcomes == [Outcome.WORKER_LOST] * 3
    logs = sorted(poison.log_folder.rglob("job.log"))
    assert len(logs) == 3
    assert all("worker died" in each.read_text() for each in logs)
    notes.say("a job that kills its worker", 3, f"3 starts, put aside; {many} others completed")

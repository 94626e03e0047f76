"""The library's disk hangs: only the process that looks at it hangs with it."""

from __future__ import annotations

import os
import signal

import pytest

from jobs.models import Lane, Node
from jobs.states import Status
from tests.cluster import Cluster, running
from tests.faults.conftest import Notes
from tests.faults.jobs import fresh, submit, until_status
from tests.processes import until

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.both_databases,
    pytest.mark.end_to_end,
    pytest.mark.timeout(120),
    pytest.mark.promise(11),
]


def hang(cluster: Cluster) -> int:
    """Stopped, it says as little as one that waits for a mount."""
    [look] = cluster.named("vm-disk")
    os.kill(look, signal.SIGSTOP)
    until(lambda: hold() == "media_root", what="the hold")
    return look


def hold() -> str:
    return Lane.objects.get(name="trial").hold_cause


def test_a_disk_that_hangs_holds_the_work_that_writes_and_nothing_else(notes: Notes) -> None:
    with running() as cluster:
        look = hang(cluster)
        job = submit("trial_sleep", name="writes")
        beat = Node.objects.get().heartbeat_at
        until_status(submit("noop", name="beside it"), Status.COMPLETED)
        until(lambda: Node.objects.get().heartbeat_at > beat, what="a heartbeat")
        assert (fresh(job).status, job.attempts.count()) == (Status.PENDING, 0)
        assert cluster.named("vm-disk") == [look]
        os.kill(look, signal.SIGCONT)
        until_status(job, Status.COMPLETED)
        assert cluster.stop() == 0
    notes.say("a disk that does not answer", 1, "held without an attempt, completed afterwards")


def test_a_stop_does_not_wait_for_a_disk_that_hangs() -> None:
    with running() as cluster:
        hang(cluster)
        assert cluster.stop(within_s=10) == 0
        assert cluster.leftovers() == []


def test_a_supervisor_that_is_killed_takes_the_look_along_though_it_hangs() -> None:
    with running() as cluster:
        look = hang(cluster)
        cluster.process.kill()
        cluster.process.wait()
        until(lambda: look not in cluster.leftovers(), what="the end of the look")


def test_a_look_that_is_killed_is_taken_up_again_before_anything_is_held() -> None:
    with running() as cluster:
        [look] = cluster.named("vm-disk")
        looked_at = Node.objects.get().disk_looked_at
        assert looked_at is not None
        os.kill(look, signal.SIGKILL)
        until(lambda: cluster.named("vm-disk") not in ([], [look]), what="another one")
        until(lambda: (Node.objects.get().disk_looked_at or looked_at) > looked_at, what="a look")
        assert hold() == ""
        assert cluster.stop() == 0

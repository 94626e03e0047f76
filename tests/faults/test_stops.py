"""The five ways to stop: each ends within 30 s, spends no attempt, and leaves no process."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence

import psutil
import pytest

from jobs.models import Job, Node
from jobs.states import Outcome, Status
from tests.cluster import QCLUSTER, Cluster, running
from tests.faults.conftest import Notes
from tests.faults.hunting import kill
from tests.faults.jobs import fresh, spent, submit, until_status
from tests.faults.ledger import Ledger
from tests.faults.scale import dice, scale
from tests.processes import until

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.both_databases,
    pytest.mark.end_to_end,
    pytest.mark.timeout(1200),
    pytest.mark.promise(7),
]

Stop = Callable[[Cluster], None]
UP = (sys.executable, "manage.py", "up")
NAMESPACE = ("unshare", "--pid", "--fork", "--kill-child", "--mount-proc")


def to_the_supervisor(cluster: Cluster) -> None:
    cluster.process.send_signal(signal.SIGTERM)


def to_every_process(cluster: Cluster) -> None:
    for pid in cluster.tree():
        kill(pid, signal.SIGTERM)


def to_the_foreground_group(cluster: Cluster) -> None:
    os.killpg(os.getpgid(cluster.process.pid), signal.SIGINT)


def to_pid_1(cluster: Cluster) -> None:
    """Its own parent, `unshare`, only waits for it."""
    child = psutil.Process(cluster.process.pid).children()[0]
    child.send_signal(signal.SIGTERM)


def may_make_namespaces() -> bool:
    if shutil.which("unshare") is None:
        return False
    return subprocess.run([*NAMESPACE, "true"], capture_output=True).returncode == 0


WAYS: dict[str, tuple[Stop, Sequence[str]]] = {
    "SIGTERM to the supervisor": (to_the_supervisor, QCLUSTER),
    "SIGTERM to every process at once": (to_every_process, QCLUSTER),
    "SIGINT to the foreground group": (to_the_foreground_group, QCLUSTER),
    "SIGTERM to manage.py up": (to_the_supervisor, UP),
    "SIGTERM to PID 1 of a namespace": (to_pid_1, (*NAMESPACE, *QCLUSTER)),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_stop_is_bounded_and_harms_nothing(way: str, ledger: Ledger, notes: Notes) -> None:
    stop, command = WAYS[way]
    if stop is to_pid_1 and not may_make_namespaces():
        pytest.skip("PID namespaces need root and unshare")
    rounds, by, slowest = scale(bounded=1, long=20), dice(way), 0.0
    for round_ in range(rounds):
        slowest = max(slowest, one_stop(stop, command, ledger, round_, by.uniform(0.0, 0.5)))
    assert spent() == 0
    notes.say(way, rounds, f"within {slowest:.1f} s, no attempt spent, no process left")


def test_running_work_gets_its_grace_though_a_stop_reaches_all_of_up(
    ledger: Ledger, notes: Notes
) -> None:
    """`up` hears it and tells its programs to stop, which they have heard themselves by then."""
    extra = {"GRACEFUL_TIMEOUT": "10", "PORT": str(free_port())}
    with running(command=UP, **extra) as cluster:
        job = submit("trial_tough", name="short", seconds=1.5, ledger=str(ledger))
        until(ledger.busy, what="its start")
        to_every_process(cluster)
        assert cluster.process.wait(timeout=30) == 0
        assert fresh(job).status == Status.COMPLETED
    notes.say("SIGTERM to every process of up, grace 10 s", 1, "running work ended")


def one_stop(
    stop: Stop, command: Sequence[str], ledger: Ledger, round_: int, after_s: float
) -> float:
    """Short work ends, long work goes back; answers how long it took."""
    extra = {"GRACEFUL_TIMEOUT": "1", "PORT": str(free_port())}
    with running(command=command, **extra) as cluster:
        short = submit("trial_tough", name=f"short {round_}", seconds=0.5, ledger=str(ledger))
        long = submit("trial_child", name=f"long {round_}", seconds=600)
        for job in (short, long):
            until_status(job, Status.RUNNING, Status.COMPLETED)
        until(lambda: cluster.named("vm-child"), what="the child")
        time.sleep(after_s)
        cluster.tree()
        began = time.monotonic()
        stop(cluster)
        assert cluster.process.wait(timeout=30) == 0
        took = time.monotonic() - began
        until(lambda: not cluster.leftovers(), within_s=2, what="the end of every process")
        # In a second it ends, unless the machine is slow: then it goes back like the long one.
        assert fresh(short).status in (Status.COMPLETED, Status.PENDING)
        assert not Node.objects.exists()
        assert_unharmed(fresh(long))
    Job.objects.active().update(status=Status.CANCELLED)
    return took


def assert_unharmed(job: Job) -> None:
    assert (job.status, job.attempt_number, job.crashes) == (Status.PENDING, 0, 0)
    outcomes = {Outcome(each) for each in job.attempts.values_list("outcome", flat=True)}
    assert outcomes
    assert outcomes <= {Outcome.RELEASED, Outcome.HELD, Outcome.SNOOZED}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

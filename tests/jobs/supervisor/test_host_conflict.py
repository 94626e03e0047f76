"""Two machines under one name: the second one does not start."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from jobs.models import Node
from jobs.processes import node, pids
from jobs.supervisor import host_conflict
from jobs.supervisor.host_conflict import HostConflict
from jobs.supervisor.supervisor import Supervisor
from tests.cluster import QCLUSTER, environment, running
from tests.faults.test_stops import NAMESPACE, may_make_namespaces

pytestmark = pytest.mark.django_db


def heard(*, machine: str, seconds_ago: float = 0.0, host: str = "") -> Node:
    at = timezone.now() - timedelta(seconds=seconds_ago)
    return Node.objects.create(
        name="harbour:7",
        host=host or node.host_name(),
        machine=machine,
        pid=7,
        workers=1,
        started_at=at,
        heartbeat_at=at,
    )


def waits(then: Callable[[], object] = lambda: None, *, times: int = 3) -> Callable[[], bool]:
    """So many moments of waiting, at each of which something happens."""
    left = [times]

    def rest() -> bool:
        then()
        left[0] -= 1
        return left[0] >= 0

    return rest


def beat() -> None:
    Node.objects.update(heartbeat_at=timezone.now())


def test_a_namesake_that_goes_on_beating_is_refused_with_what_to_do() -> None:
    heard(machine="another", seconds_ago=0.1)
    with pytest.raises(HostConflict, match=r"too \(node harbour:7\)\. .* NODE_HOST\.$"):
        host_conflict.refuse(waits(beat))


def test_a_namesake_that_fell_silent_is_waited_for_and_then_forgotten() -> None:
    """This host's own container, which was killed and is started again."""
    heard(machine="another", seconds_ago=0.1)
    moments: list[int] = []

    def grow_old() -> None:
        moments.append(1)
        Node.objects.update(heartbeat_at=timezone.now() - timedelta(seconds=60))

    host_conflict.refuse(waits(grow_old, times=9))
    assert moments == [1]


@pytest.mark.parametrize(
    "other",
    [
        {"machine": ""},
        {"machine": "another", "host": "elsewhere"},
        {"machine": "another", "seconds_ago": 60},
    ],
    ids=["of an older version", "another name", "silent for long"],
)
def test_others_are_not_waited_for(other: dict[str, object]) -> None:
    heard(**other)  # type: ignore[arg-type]
    host_conflict.refuse(pytest.fail)


def test_supervisors_of_one_machine_may_share_its_name() -> None:
    heard(machine=pids.machine())
    host_conflict.refuse(pytest.fail)


def test_one_that_started_along_with_us_is_refused_at_once(
    supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both looked before either had said its name."""
    monkeypatch.setattr(host_conflict, "refuse", lambda rest: heard(machine="another"))
    with pytest.raises(HostConflict):
        supervisor.prepare()


def test_a_stop_ends_the_wait() -> None:
    heard(machine="another")
    host_conflict.refuse(waits(beat, times=0))


@pytest.mark.end_to_end
@pytest.mark.django_db(transaction=True)
def test_a_second_machine_of_the_same_name_does_not_start() -> None:
    if not may_make_namespaces():
        pytest.skip("PID namespaces need root and unshare")
    with running() as cluster:
        before = Node.objects.get()
        second = subprocess.run(
            [*NAMESPACE, *QCLUSTER],
            cwd=settings.BASE_DIR,
            env=environment({}),
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert second.returncode == 1
        assert f"(node {before.name}). Give each host a name of its own" in second.stderr
        assert "Traceback" not in second.stderr
        assert Node.objects.get().name == before.name
        assert cluster.stop() == 0

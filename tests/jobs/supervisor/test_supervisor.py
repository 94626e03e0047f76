"""The supervisor outlives what breaks in it: without it nothing is swept, promoted or restarted."""

from __future__ import annotations

import signal

import pytest
from django.db import OperationalError
from django.utils import timezone
from pytest_django.fixtures import Settings

from jobs.models import Lane, Node
from jobs.supervisor import disk_watcher
from jobs.supervisor.node_row import NodeRow
from jobs.supervisor.signals import HURRY_BY_KEEPER, SAME_STOP_S, STOP_BY_KEEPER, Stops
from jobs.supervisor.steps import Steps
from jobs.supervisor.supervisor import Supervisor
from videomind.database.outages import Outage


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (KeyError("of_tomorrow"), "A step of the supervisor broke"),
        (PermissionError(13, "Permission denied"), "A step of the supervisor broke"),
        (OperationalError("gone"), "The database does not answer the supervisor"),
    ],
)
@pytest.mark.django_db
def test_a_broken_step_is_logged_and_the_others_go_on(
    error: Exception, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    def step() -> None:
        raise error

    Steps().take(step)
    assert said in caplog.text


@pytest.mark.django_db(transaction=True)
def test_nobody_is_declared_lost_right_after_a_database_that_kept_everybody_waiting(
    settings: Settings,
) -> None:
    """The workers could not renew their leases either."""

    def away() -> None:
        raise OperationalError("gone")

    quick, refused, slow = (Steps() for _ in range(3))
    quick.take(lambda: None)
    refused.take(away)
    settings.HEARTBEAT_S = 0.0
    slow.take(lambda: None)
    now = timezone.now()
    doubts = [each.clock.is_doubtful(now, late=False) for each in (quick, refused, slow)]
    assert doubts == [False, True, True]


@pytest.mark.django_db
def test_a_node_that_was_forgotten_says_its_name_again() -> None:
    row = NodeRow(workers=2, stops=Stops())
    for _ in range(2):
        Node.objects.all().delete()
        row.beat()
        row.beat()
        assert (Node.objects.get().workers, Node.objects.get().draining) == (2, False)
    row.stops.count = 1
    row.beat()
    assert Node.objects.get().draining


def test_every_step_has_a_name_of_its_own(supervisor: Supervisor) -> None:
    names = [step.name for step in supervisor.table]
    assert len(names) == len(set(names))


@pytest.mark.django_db(transaction=True)
def test_a_disk_below_its_floor_holds_before_the_first_download(
    supervisor: Supervisor, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.MIN_FREE_DISK = 10**18
    monkeypatch.setattr(disk_watcher, "PATIENCE_S", 30)
    supervisor.prepare()
    assert Lane.objects.get(name="download").hold_cause == "disk"


@pytest.mark.parametrize(
    ("numbers", "heard"),
    [
        ([signal.SIGTERM, STOP_BY_KEEPER], 1),
        ([STOP_BY_KEEPER, signal.SIGTERM], 1),
        ([STOP_BY_KEEPER, HURRY_BY_KEEPER], 2),
        ([signal.SIGTERM, STOP_BY_KEEPER, HURRY_BY_KEEPER], 2),
        ([signal.SIGTERM, signal.SIGTERM], 2),
        ([signal.SIGINT, signal.SIGTERM], 2),
    ],
)
def test_one_stop_that_arrives_twice_is_one_and_another_one_hurries(
    numbers: list[int], heard: int
) -> None:
    """`up` tells its programs to stop, and whoever stops the whole tree has told them already."""
    stops = Stops()
    for number in numbers:
        stops.hear(number, at=0.0)
    assert stops.count == heard


def test_a_stop_long_after_the_one_of_the_keeper_is_another_one() -> None:
    stops = Stops()
    stops.hear(STOP_BY_KEEPER, at=0.0)
    assert stops.hear(signal.SIGTERM, at=SAME_STOP_S)
    assert stops.count == 2


def test_an_outage_is_said_once_a_minute_and_its_end_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    now = [0.0]
    outage = Outage("the supervisor", clock=lambda: now[0])
    for _ in range(4 * 90):
        outage.met(OperationalError("connection refused"))
        now[0] += 0.25
    outage.over()
    outage.over()
    assert [record.getMessage() for record in caplog.records] == [
        "The database does not answer the supervisor, which asks on: connection refused",
        "The database does not answer the supervisor, which asks on: connection refused",
        "The database answers the supervisor again, after 90 s",
    ]

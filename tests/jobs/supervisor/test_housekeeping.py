"""Housekeeping touches the disk, so it has a process of its own."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from pytest_django.fixtures import Settings

from jobs.models import Node
from jobs.supervisor.housekeeping import Housekeeping
from tests.looking import our_node
from tests.processes import lives, until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]

HERE = "tests.jobs.supervisor.test_housekeeping"


def read() -> list[str]:
    """From a pipe without a writer it never comes back, as from a mount that hangs."""
    return [Path(django_settings.MEDIA_ROOT).read_text()]


def write() -> list[str]:
    Node.objects.update(version="kept")
    return []


def test_a_round_that_hangs_holds_up_nobody_and_no_other_is_begun(
    settings: Settings, tmp_path: Path
) -> None:
    settings.HOUSEKEEPING, settings.MEDIA_ROOT = [f"{HERE}.read"], tmp_path / "pipe"
    os.mkfifo(settings.MEDIA_ROOT)
    house = Housekeeping()
    house.step()
    first = house.pid
    house.step()
    assert house.pid == first
    settings.MEDIA_ROOT.write_text("")
    until(lambda: not lives(first), what="the end of the round")
    house.step()
    assert house.pid != first
    os.kill(house.pid, signal.SIGKILL)
    os.waitpid(house.pid, 0)


def test_a_round_writes_to_the_database(settings: Settings) -> None:
    settings.HOUSEKEEPING = [f"{HERE}.write"]
    our_node()
    house = Housekeeping()
    house.step()
    assert os.waitstatus_to_exitcode(os.waitpid(house.pid, 0)[1]) == 0
    assert Node.objects.get().version == "kept"

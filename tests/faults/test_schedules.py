"""Two clusters share django-q2's schedules: each tick is done once, whoever sees it first."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone
from django_q.models import OrmQ, Schedule

from tests.cluster import environment, running
from tests.faults.conftest import Notes
from tests.faults.ledger import Ledger
from tests.faults.scale import scale
from tests.processes import until

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.both_databases,
    pytest.mark.end_to_end,
    pytest.mark.timeout(600),
]
# What each cluster's sentinel does, twice a minute; one process for each look.
LOOKS = """
import os, sys
import django; django.setup()
from django_q.brokers import get_broker; from django_q.scheduler import scheduler
looks = int(sys.argv[1])
while looks and os.fork():
    looks -= 1
if looks:
    scheduler(get_broker())
    os._exit(0)
sys.exit(any(os.wait()[1] for _ in range(int(sys.argv[1]))))
"""


@pytest.mark.promise(9)
def test_a_tick_that_two_clusters_see_is_done_once(ledger: Ledger, notes: Notes) -> None:
    """In the bounded form six looks at once, in the long form the clusters' own."""
    many, looks = scale(bounded=(12, 6), long=(60, 0))
    for number in range(many):
        Schedule.objects.create(
            name=str(number),
            func="tests.faults.ticks.tick",
            args=repr((number, str(ledger))),
            schedule_type=Schedule.HOURLY,
            next_run=timezone.now() - timedelta(minutes=number + 1),
        )
    with running(NODE_HOST="first") as first, running(NODE_HOST="second") as second:
        look_all_at_once(looks)
        until(lambda: len(ledger.count("tick")) == many, within_s=90, what="all ticks")
        until(lambda: not OrmQ.objects.exists(), within_s=30, what="their acknowledgement")
        look_all_at_once(looks)
        assert first.stop() == second.stop() == 0
    assert ledger.count("tick") == dict.fromkeys(range(many), 1)
    assert not OrmQ.objects.exists()
    notes.say(f"{many} schedules due for two clusters at once", many, "each tick done once")


def look_all_at_once(times: int) -> None:
    command = [sys.executable, "-c", LOOKS, str(times)]
    subprocess.run(command, env=environment({}), cwd=settings.BASE_DIR, check=True, timeout=60)

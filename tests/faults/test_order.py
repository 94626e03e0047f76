"""Dependencies, lane limits and priorities, exact while workers are killed."""

from __future__ import annotations

import pytest

from jobs import queue
from jobs.lanes import limits
from jobs.models import Job, Lane, Priority
from jobs.states import Status
from tests.cluster import running
from tests.faults.conftest import Notes
from tests.faults.hunting import hunting
from tests.faults.jobs import completed, completed_twice, submit, until_all_ended
from tests.faults.ledger import Ledger, most_at_once
from tests.faults.scale import dice, scale

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.both_databases,
    pytest.mark.end_to_end,
    pytest.mark.timeout(900),
]
# Times a tenth: a killed worker is noticed in 0.3 s, its job due 0.2 to 0.5 s later.
SOON = {"SWEEP_S": "3", "BACKOFF_BASE_S": "2", "BACKOFF_CAP_S": "5"}
OFTEN = scale(bounded=(0.25, 0.7), long=(0.3, 1.0))
EVERY = scale(bounded=(0.4, 1.2), long=(0.5, 2.0))


@pytest.mark.promise(13)
def test_nothing_starts_before_what_it_needs_and_nothing_waits_for_ever(
    ledger: Ledger, notes: Notes
) -> None:
    """Chains, and one job at the end of all of them."""
    length = scale(bounded=5, long=20)
    with running(**SOON) as cluster:
        chains = [chain(length, name, ledger) for name in scale(bounded="ab", long="abcdef")]
        last = after(tuple(each[-1].pk for each in chains), "last", ledger)
        with hunting(ledger.busy, every=OFTEN, by=dice("chains")) as killed:
            until_all_ended(within_s=scale(bounded=120, long=600))
        assert cluster.stop() == 0
    jobs = [job for each in chains for job in each] + [last]
    assert (completed(), completed_twice()) == (len(jobs), [])
    begun, done = ledger.first("start"), ledger.last("effect")
    links = [(link.waiter_id, link.needed_id) for job in jobs for link in job.needs.all()]
    assert len(links) == len(chains) * length
    assert all(begun[waiter] > done[needed] for waiter, needed in links)
    notes.say("kill -9 of a busy worker", len(killed), f"{len(links)} dependencies kept")


def chain(length: int, name: str, ledger: Ledger) -> list[Job]:
    made: list[Job] = []
    for i in range(length):
        made.append(after(tuple(job.pk for job in made[-1:]), f"{name}{i}", ledger))
    return made


def after(needed: tuple[int, ...], name: str, ledger: Ledger) -> Job:
    options = queue.Options(depends_on=needed)
    return submit("trial_tough", options=options, name=name, seconds=0.2, ledger=str(ledger))


@pytest.mark.promise(14)
@pytest.mark.parametrize("limit", [1, 2])
def test_a_lane_never_runs_more_than_its_limit(limit: int, ledger: Ledger, notes: Notes) -> None:
    many = scale(bounded=7, long=150)
    Lane.objects.filter(name="narrow").update(limit=limit)
    for i in range(many):
        submit("trial_tough_narrow", name=str(i), seconds=0.2, ledger=str(ledger))
    with running(**SOON) as cluster:
        with hunting(ledger.busy, every=EVERY, by=dice("limit")) as killed:
            until_all_ended(within_s=scale(bounded=120, long=600))
        assert cluster.stop() == 0
    assert (completed(), completed_twice()) == (many, [])
    assert most_at_once(ledger.spans(killed)) <= limit
    injected = f"kill -9 of a busy worker, limit {limit}"
    notes.say(injected, len(killed), f"{many} jobs, never more than {limit} at once")


@pytest.mark.promise(14)
def test_the_higher_priority_is_started_first(ledger: Ledger, notes: Notes) -> None:
    each = scale(bounded=2, long=30)
    lane = Lane.objects.get(name="narrow")
    limits.pause(lane, by="test")
    for priority in Priority.values:
        for i in range(each):
            options = queue.Options(priority=priority)
            name = f"{priority} {i}"
            submit(
                "trial_tough_narrow", options=options, name=name, ledger=str(ledger), seconds=0.1
            )
    with (
        running(**SOON) as cluster,
        hunting(ledger.busy, every=OFTEN, by=dice("rank")) as killed,
    ):
        limits.resume(lane)
        until_all_ended(within_s=scale(bounded=120, long=600))
        assert cluster.stop() == 0
    # By the first claim: a worker may die between that and its first line in the ledger.
    started = Job.objects.filter(status=Status.COMPLETED).order_by("started_at")
    assert [job.priority for job in started] == sorted(Priority.values * each, reverse=True)
    notes.say("kill -9 of a busy worker", len(killed), f"{len(started)} started by priority")

"""The table of states agrees with itself."""

from __future__ import annotations

import pytest
from django.utils import timezone

from jobs.models import Job
from jobs.states import (
    ACTIVE,
    FINAL,
    HELD_BY_A_WORKER,
    MOVES,
    NO_ATTEMPT,
    SENTENCE,
    Status,
    entering,
    may_become,
    may_move,
)


def test_every_status_has_moves_and_a_sentence() -> None:
    assert set(MOVES) == set(Status)
    assert set(SENTENCE) == set(Status)
    assert all(sentence.endswith(".") for sentence in SENTENCE.values())


def test_every_status_but_the_first_can_be_reached() -> None:
    reached = {target for targets in MOVES.values() for target in targets}
    assert reached == set(Status)


def test_completed_is_for_good() -> None:
    assert not MOVES[Status.COMPLETED]


@pytest.mark.parametrize("status", sorted(FINAL - {Status.COMPLETED}))
def test_a_person_can_bring_back_every_other_end(status: Status) -> None:
    assert MOVES[status] & ACTIVE


def test_only_a_claim_leads_into_running() -> None:
    assert may_become(Status.RUNNING) == [Status.PENDING]


@pytest.mark.parametrize("status", Status)
def test_a_job_that_no_worker_holds_carries_nothing_of_an_attempt(status: Status) -> None:
    carries = entering(status, timezone.now())
    assert NO_ATTEMPT.keys().isdisjoint(carries) == (status in HELD_BY_A_WORKER)


@pytest.mark.parametrize("status", Status)
def test_an_end_has_its_time_and_only_a_dead_letter_that_of_its_own(status: Status) -> None:
    at = timezone.now()
    carries = entering(status, at)
    assert carries["completed_at"] == (at if status in FINAL else None)
    assert carries["moved_to_dead_letter_at"] == (at if status is Status.DEAD_LETTER else None)
    assert carries.keys() <= {field.attname for field in Job._meta.concrete_fields}


@pytest.mark.django_db
@pytest.mark.parametrize("old", Status)
def test_a_job_moves_only_where_the_table_lets_it(old: Status) -> None:
    for new in Status:
        job = Job.objects.create(job_type="noop", lane="noop", status=old)
        moved = Job.objects.filter(pk=job.pk).move(new, timezone.now())
        job.refresh_from_db()
        assert moved == may_move(old, new)
        assert job.status == (new if moved else old)

"""The table of states agrees with itself."""

from __future__ import annotations

import pytest

from jobs import states
from jobs.states import ACTIVE, FINAL, MOVES, SENTENCE, Status


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
    assert states.from_which(Status.RUNNING) == {Status.PENDING}

"""What the console says: explanations, advice, lengths of time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from jobs.execution.claimed import Claim
from jobs.execution.transitions import decide
from jobs.failures import FAILURES
from jobs.models import Job, Lane
from jobs.monitoring.children import ChildrenPayload
from jobs.monitoring.explanation import QueueAround, advice, explain
from jobs.results import Failed
from jobs.states import FAILED_ALIKE, Outcome, Status, WaitFor
from jobs.templatetags.console import length, memory, moment, state_label, tone, worded

AT = datetime(2026, 11, 21, 19, 30, tzinfo=UTC)
ALONE = QueueAround()
SOME_FAILED = ChildrenPayload(total=37, completed=34, failed=1, active=0, later=2)


def a_job(status: Status, **fields: object) -> Job:
    return Job(pk=7, job_type="noop", lane="download", status=status, **fields)


def told(job: Job, around: QueueAround = ALONE) -> str:
    found = explain(job, around)
    return " ".join(part for part in (found.now, found.why, found.then) if part)


@pytest.mark.parametrize("status", Status)
def test_every_state_has_its_story(status: Status) -> None:
    assert explain(a_job(status), ALONE).now


def a_lane(limit: int, *, cap: int | None = None, **fields: Any) -> Lane:
    lane = Lane(name="download", limit=limit, **fields)
    # The database makes it of limit and ramp.
    lane.cap = limit if cap is None else cap
    return lane


def full(**fields: Any) -> QueueAround:
    return QueueAround(lane=a_lane(3, **fields), running_in_lane=3, ahead=13)


@pytest.mark.parametrize(
    ("around", "says"),
    [
        (full(), "All 3 slots of the lane download are taken. It is number 14 in line."),
        (full(paused_at=AT, paused_by="olga"), "paused by olga. It starts after"),
        (full(hold_cause="youtube", hold_reason="YouTube asks."), "YouTube asks. It starts after"),
        (QueueAround(lane=a_lane(0)), "has a limit of 0"),
        (QueueAround(lane=a_lane(2), ahead=0), "It is the next to start."),
        (QueueAround(lane=a_lane(3, cap=1), running_in_lane=1), "After its hold"),
        (QueueAround(workers_alive=False), "No worker is alive."),
    ],
)
def test_a_pending_job_says_why_it_does_not_run(around: QueueAround, says: str) -> None:
    assert says in told(a_job(Status.PENDING), around)


def test_a_waiting_job_says_for_what() -> None:
    waits = a_job(Status.WAITING, wait_for=WaitFor.TIME, run_at=AT, failure_code="premiere")
    assert explain(waits, ALONE).due_at == AT
    assert "The video premieres later." in told(waits)
    parent = a_job(Status.WAITING, wait_for=WaitFor.CHILDREN)
    assert "34 of 37 done, 1 failed, 2 later." in told(parent, QueueAround(children=SOME_FAILED))


def test_a_retrying_job_says_when_and_how_often() -> None:
    retrying = a_job(
        Status.RETRYING, failure_code="server_error", retry_count=2, max_retries=3, next_retry_at=AT
    )
    assert "2 of 3 retries used." in told(retrying)
    assert explain(retrying, ALONE).due_at == AT


# What the engine says it will do with a job that has not ended.
PROMISES = {row.by_itself for row in FAILURES.values() if row.retryable and not row.afterwards}
each_code = pytest.mark.parametrize("code", FAILURES)


@each_code
@pytest.mark.parametrize("status", sorted(FAILED_ALIKE))
@pytest.mark.parametrize("spent", [0, 3])
def test_no_job_that_has_ended_is_said_to_be_retried_by_itself(
    code: str, status: Status, spent: int
) -> None:
    said = advice(a_job(status, failure_code=code, retry_count=spent))
    assert said.endswith(FAILURES[code].action)
    assert not [promise for promise in PROMISES if promise in said]


@each_code
@pytest.mark.parametrize("alone", [False, True])
@pytest.mark.parametrize(
    "spent", [{}, {"retry_count": 3}, {"max_retries": 0}, {"crashes": 3}], ids=str
)
def test_a_failure_has_its_sentence_in_each_state_it_can_end_in(
    code: str, spent: dict[str, int], alone: bool
) -> None:
    failed = a_job(Status.RUNNING, **spent)
    end = decide(Claim.of_job(failed), Failed(code, ""), at=AT, alone=alone)
    ended = a_job(end.status, **spent | end.columns)
    found = explain(ended, QueueAround(lane=a_lane(3)))
    assert found.now
    assert found.why
    assert found.then
    if end.status in (Status.RETRYING, Status.WAITING):
        assert found.due_at
    assert ended.has_failed or "used up" not in told(ended)
    assert not ended.has_failed or not [each for each in PROMISES if each in told(ended)]


def test_who_has_used_up_the_retries_is_told_so_and_who_has_none_is_not() -> None:
    timed_out = a_job(Status.TIMEOUT, failure_code="timed_out", max_retries=0)
    assert advice(timed_out) == (
        "It is not retried by itself. Give it a longer timeout if it needs one."
    )
    dead = a_job(Status.DEAD_LETTER, failure_code="disk_full", retry_count=3)
    assert advice(dead) == "Its retries are used up. Free some space."
    parent = a_job(Status.FAILED, failure_code="children_failed", retry_count=3)
    assert "it completes by itself when the failed ones are repaired" in advice(parent)


def test_who_looks_at_a_quarantined_job_is_sent_to_its_log_and_not_to_the_retry() -> None:
    poison = a_job(Status.DEAD_LETTER, failure_code="worker_lost", crashes=3)
    assert advice(poison).startswith("Read its log first")
    poison.crashes = 2
    assert not advice(poison).startswith("Read its log first")


@pytest.mark.parametrize(
    ("span", "says"),
    [
        (0.85, "850 ms"),
        (7, "7 s"),
        (4.23, "4.2 s"),
        (timedelta(seconds=200), "3 min 20 s"),
        (7200, "2 h"),
        (7500, "2 h 5 min"),
        (-1.0, "0 ms"),
        (None, "–"),
    ],
)
def test_a_length_of_time_in_words(span: timedelta | float | None, says: str) -> None:
    assert length(span) == says


def test_a_moment_is_told_in_utc_and_left_to_the_script() -> None:
    assert 'datetime="2026-11-21T19:30:00.000Z" data-age="in"' in moment(AT, "in")
    assert moment(None) == "–"
    assert memory(None) == "–"


def test_every_state_and_outcome_has_a_label() -> None:
    for each in (*Status, *Outcome):
        assert state_label(each.value)
        assert isinstance(tone(each.value), str)


@pytest.mark.parametrize(
    ("sentence", "html"),
    [
        ("Run `manage.py doctor` now.", "Run <code>manage.py doctor</code> now."),
        ("No code.", "No code."),
        ("`<b>` and `", "<code>&lt;b&gt;</code> and "),
        ("a < b", "a &lt; b"),
    ],
)
def test_commands_in_a_sentence_are_set_as_code(sentence: str, html: str) -> None:
    assert worded(sentence) == html

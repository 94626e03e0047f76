"""What happens after a failure: the published sequences, and both sides of each line."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.failures import FAILURES, Failure, Policy, failure
from jobs.retry import (
    SNOOZE_DEFAULT,
    SNOOZE_OVERDUE,
    Again,
    DeadLetter,
    Decision,
    End,
    Hold,
    Retry,
    Snooze,
    backoff,
    decide,
)

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
RETRYABLE = [row for row in FAILURES.values() if row.policy is Policy.RETRY]
PERMANENT = [row for row in FAILURES.values() if row.policy is Policy.PERMANENT]
BASE_S, CAP_S = 15.0, 300.0
"""As the settings publish them."""

each_permanent = pytest.mark.parametrize("row", PERMANENT, ids=lambda row: row.code)


def after(row: Failure | str, **changes: Any) -> Decision:
    asked: dict[str, Any] = {
        "retry_count": 0,
        "max_retries": 3,
        "crashes": 0,
        "max_crashes": 3,
        "release_at": None,
        "at": NOW,
        "jitter": 0.0,
        "timed_out": False,
        "base": BASE_S,
        "cap": CAP_S,
    }
    return decide(failure(row) if isinstance(row, str) else row, **{**asked, **changes})


@pytest.mark.parametrize(
    ("n", "seconds"),
    [(1, 15), (2, 30), (3, 60), (4, 120), (5, 240), (6, 300), (7, 300), (100_000, 300), (0, 15)],
)
def test_the_pause_doubles_up_to_five_minutes(n: int, seconds: float) -> None:
    assert backoff(n, base=BASE_S, cap=CAP_S, jitter=0) == seconds


@pytest.mark.parametrize(
    ("n", "jitter", "seconds"),
    [(1, 1, 18.75), (1, -1, 11.25), (5, 1, 300), (5, -1, 180), (6, 1, 300), (6, -1, 225)],
)
def test_jitter_is_a_quarter_and_never_above_the_cap(n: int, jitter: float, seconds: float) -> None:
    assert backoff(n, base=BASE_S, cap=CAP_S, jitter=jitter) == seconds


def test_base_and_cap_are_settable() -> None:
    assert [backoff(n, base=1, cap=5, jitter=0) for n in (1, 2, 3, 4)] == [1, 2, 4, 5]
    assert after("connection_reset", base=1.5, cap=30) == Retry(1.5)


@given(n=st.integers(1, 10**9), jitter=st.floats(-1, 1))
def test_a_pause_is_always_between_eleven_seconds_and_five_minutes(n: int, jitter: float) -> None:
    assert 11.25 <= backoff(n, base=BASE_S, cap=CAP_S, jitter=jitter) <= 300


@pytest.mark.parametrize("row", RETRYABLE, ids=lambda row: row.code)
def test_three_retries_are_one_start_and_three_more(row: Failure) -> None:
    decisions = [after(row, retry_count=spent) for spent in range(4)]
    assert decisions[:3] == [Retry(15), Retry(30), Retry(60)]
    assert decisions[3] == DeadLetter(f"{row.sentence} It failed again after 3 retries.")


def test_one_retry_is_told_in_the_singular() -> None:
    reason = "The connection broke off. It failed again after 1 retry."
    assert after("connection_reset", retry_count=1, max_retries=1) == DeadLetter(reason)


@each_permanent
@pytest.mark.parametrize("max_retries", [0, 3])
def test_a_permanent_failure_is_a_dead_letter_at_once(row: Failure, max_retries: int) -> None:
    assert after(row, max_retries=max_retries) == DeadLetter(row.sentence)


@pytest.mark.parametrize(("timed_out", "status"), [(False, "failed"), (True, "timeout")])
def test_a_job_that_may_not_retry_ends(timed_out: bool, status: Any) -> None:
    assert after("read_timeout", max_retries=0, timed_out=timed_out) == End(status)


def test_a_job_that_ran_out_of_time_is_retried_like_others() -> None:
    assert after("timed_out", timed_out=True) == Retry(15)


def test_the_third_crash_is_quarantine() -> None:
    crash = FAILURES["worker_lost"]
    decisions = [after(crash, retry_count=n - 1, crashes=n, max_retries=9) for n in (1, 2, 3)]
    reason = "Put aside: its worker died 3 times while running this job."
    assert decisions == [Retry(15), Retry(30), DeadLetter(reason)]


@pytest.mark.parametrize(("max_crashes", "times"), [(1, "once"), (0, "once")])
def test_quarantine_may_come_at_the_first_crash(max_crashes: int, times: str) -> None:
    decision = after("child_killed", crashes=1, max_crashes=max_crashes)
    assert decision == DeadLetter(f"Put aside: its worker died {times} while running this job.")


def test_a_job_that_never_crashed_is_not_put_aside() -> None:
    assert after("connection_reset", max_crashes=0) == Retry(15)


@pytest.mark.parametrize(
    ("release_at", "until"),
    [
        (NOW + timedelta(hours=3), NOW + timedelta(hours=3)),
        (NOW + timedelta(seconds=1), NOW + timedelta(seconds=1)),
        (None, NOW + SNOOZE_DEFAULT),
        (NOW, NOW + SNOOZE_OVERDUE),
        (NOW - timedelta(days=1), NOW + SNOOZE_OVERDUE),
    ],
)
@pytest.mark.parametrize("code", ["premiere", "live_not_started", "still_processing"])
@pytest.mark.parametrize("spent", [(0, 0), (0, 3), (3, 3)])
def test_what_comes_later_waits_whatever_is_spent(
    code: str, release_at: datetime | None, until: datetime, spent: tuple[int, int]
) -> None:
    retry_count, max_retries = spent
    decision = after(code, release_at=release_at, retry_count=retry_count, max_retries=max_retries)
    assert decision == Snooze(until)


@pytest.mark.parametrize(
    ("code", "cause"),
    [(row.code, row.hold) for row in FAILURES.values() if row.policy is Policy.HOLD],
)
@pytest.mark.parametrize("max_retries", [0, 3])
def test_a_held_job_goes_back_whatever_is_spent(code: str, cause: str, max_retries: int) -> None:
    assert after(code, retry_count=max_retries, max_retries=max_retries) == Hold(cause)


@pytest.mark.parametrize("max_retries", [0, 3])
def test_what_is_over_in_a_moment_is_tried_again_whatever_is_spent(max_retries: int) -> None:
    decision = after("database_unavailable", retry_count=max_retries, max_retries=max_retries)
    assert decision == Again(15.0)


@given(
    code=st.sampled_from(sorted(FAILURES)),
    retry_count=st.integers(0, 10),
    max_retries=st.integers(0, 10),
    crashes=st.integers(0, 5),
    timed_out=st.booleans(),
    jitter=st.floats(-1, 1),
)
def test_there_is_always_an_answer_and_its_reason_is_a_sentence(code: str, **spent: Any) -> None:
    decision = after(code, **spent)
    assert isinstance(decision, (Retry, Again, DeadLetter, Snooze, Hold, End))
    if isinstance(decision, DeadLetter):
        assert decision.reason.endswith(".")

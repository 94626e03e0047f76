"""What happens to a job after a failure: a pure answer that only the runner acts on."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from jobs.failures import Failure, Policy

SNOOZE_DEFAULT = timedelta(hours=1)
SNOOZE_OVERDUE = timedelta(minutes=5)  # a release time that has passed must not make the job spin


@dataclass(frozen=True, slots=True)
class Retry:
    """Again after `after_s` seconds: status `retrying`, one attempt spent."""

    after_s: float


@dataclass(frozen=True, slots=True)
class Again:
    """Once more after `after_s` seconds: status `retrying`, no attempt spent."""

    after_s: float


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """For review; `reason` is a sentence."""

    reason: str


@dataclass(frozen=True, slots=True)
class Snooze:
    """Waits until then; no attempt spent."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Hold:
    """Goes back unharmed while its lanes are held for `cause`; no attempt spent."""

    cause: str


@dataclass(frozen=True, slots=True)
class End:
    """The end of a job that may not retry by itself."""

    status: Literal["failed", "timeout"]


Decision = Retry | Again | DeadLetter | Snooze | Hold | End


def backoff(n: int, *, base: float, cap: float, jitter: float) -> float:
    """Seconds before the n-th automatic retry (n from 1), jitter from -1 to 1.

    From 15 s up to 300 s, without jitter: 15, 30, 60, 120, 240, 300, 300 …; never above the cap.
    """
    doublings = min(max(n, 1) - 1, 30)  # the cap is long reached; a float would overflow
    return min(cap, min(cap, base * 2.0**doublings) * (1 + 0.25 * jitter))


def decide(
    failure: Failure,
    *,
    retry_count: int,
    max_retries: int,
    crashes: int,
    max_crashes: int,
    release_at: datetime | None,
    at: datetime,
    jitter: float,
    timed_out: bool,
    base: float,
    cap: float,
) -> Decision:
    """The next step, from the failure and what the job has already spent.

    `retry_count` and `crashes` are the automatic retries used up and the workers this job has
    brought down, the present one included. With max_retries 3 and max_crashes 3:

    - connection_reset four times: Retry 15 s, 30 s, 60 s, then DeadLetter.
    - worker_lost three times: Retry 15 s, 30 s, then DeadLetter (quarantine).
    - video_private: DeadLetter at once, also with max_retries 0.
    - max_retries 0: End("failed"), or End("timeout") when the job's own time was up.
    - premiere: Snooze until the release time, however many retries are left.
    - bot_check: Hold("youtube"), likewise.
    - database_unavailable: Again 15 s, likewise.
    """
    if failure.policy is Policy.PERMANENT:
        return DeadLetter(failure.sentence)
    if crashes and crashes >= max_crashes:
        return DeadLetter(_quarantined(crashes))
    if failure.policy is Policy.HOLD:
        return Hold(failure.hold)
    if failure.policy is Policy.SNOOZE:
        return Snooze(_snoozed_until(release_at, at))
    if failure.policy is Policy.AGAIN:
        return Again(backoff(1, base=base, cap=cap, jitter=jitter))
    if max_retries <= 0:
        return End("timeout" if timed_out else "failed")
    if retry_count >= max_retries:
        return DeadLetter(_used_up(failure, retry_count))
    return Retry(backoff(retry_count + 1, base=base, cap=cap, jitter=jitter))


def _snoozed_until(release_at: datetime | None, at: datetime) -> datetime:
    if release_at is None:
        return at + SNOOZE_DEFAULT
    return release_at if release_at > at else at + SNOOZE_OVERDUE


def _quarantined(crashes: int) -> str:
    times = "once" if crashes == 1 else f"{crashes} times"
    return f"Put aside: its worker died {times} while running this job."


def _used_up(failure: Failure, retry_count: int) -> str:
    retries = "1 retry" if retry_count == 1 else f"{retry_count} retries"
    return f"{failure.sentence} It failed again after {retries}."

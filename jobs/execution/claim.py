"""Which job is next, and taking it: one conditional update for broker and worker alike.

The order within a lane is `rank, id` over the pending rows (a partial index); only the heads of
lanes with a free slot are compared. On SQLite one statement is exact, because there is one writer.
On PostgreSQL a lane with a limit is claimed under an advisory lock, for that statement only.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from django.db import connection, transaction
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_naive, make_aware

from jobs.execution.claim_sql import claim_sql, due_sql, head_or_claim_sql
from jobs.kinds import kinds
from jobs.processes import node, pids
from videomind.database import locks


@dataclass(frozen=True, slots=True)
class Claim:
    """A job in our hands: what running and settling it need, without another query."""

    job_id: int
    job_type: str
    lane: str
    parameters: dict[str, Any]
    lease: int
    attempt_number: int
    retry_count: int
    max_retries: int
    crashes: int
    timeout_seconds: int
    attempt_started_at: datetime
    worker_id: str
    host: str
    pid: int


def claim(*, short_only: bool = False) -> Claim | None:
    """Takes the best due job for this worker, counting the attempt; None when nothing is due."""
    if connection.vendor == "sqlite":
        return take(lane_names(short_only=short_only))
    return _claim_on_postgresql(lane_names(short_only=short_only))


def due_count(*, at_most: int, short_only: bool = False) -> int:
    """How many jobs could start now, up to `at_most`: as many wake-ups make sense."""
    lanes = lane_names(short_only=short_only)
    if not lanes:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(due_sql(lanes, at_most), [*lanes, *lanes])
        counts = [int(row[0]) for row in cursor.fetchall()]
    return min(at_most, sum(counts))


@cache
def lane_names(*, short_only: bool = False) -> tuple[str, ...]:
    """The lanes of the kinds; for the worker kept free, those that hold short work alone."""
    every = kinds().values()
    lanes = {each.lane for each in every}
    if short_only:
        lanes -= {each.lane for each in every if not each.short}
    return tuple(sorted(lanes))


def _claim_on_postgresql(lanes: tuple[str, ...]) -> Claim | None:
    """One statement where the best lane has no limit; else a second one under its lock.

    That finds nothing where a rival was quicker, or somebody has the head's row for a moment: that
    lane is left alone then, and keeps nobody from the others.
    """
    if not lanes:
        return None
    with connection.cursor() as cursor:
        cursor.execute(head_or_claim_sql(lanes), [*lanes, *lanes, *lanes, *me()])
        row = cursor.fetchone()
    if row is None:
        return None
    lane, *claimed = row
    if claimed[0] is not None:
        return as_claim(claimed)
    others = tuple(each for each in lanes if each != lane)
    return _take_under_lock(lane) or _claim_on_postgresql(others)


def _take_under_lock(lane: str) -> Claim | None:
    """The count of what runs must be younger than the lock: hence two statements."""
    with transaction.atomic():
        locks.await_turn(lane)
        return take((lane,))


def take(lanes: tuple[str, ...]) -> Claim | None:
    """On SQLite from all of them; on PostgreSQL from one whose lock we have."""
    if not lanes:
        return None
    with connection.cursor() as cursor:
        cursor.execute(claim_sql(lanes), [*me(), *lanes, *lanes])
        rows = cursor.fetchall()
    return as_claim(rows[0]) if rows else None


def me() -> tuple[str, str, int, float]:
    """The claim's own columns: worker, host, process and when that started."""
    mine = node.this_node()
    return mine.worker_id, mine.host, os.getpid(), pids.my_start()


def as_claim(row: Iterable[Any]) -> Claim:
    values = list(row)
    values[3] = json.loads(values[3]) if isinstance(values[3], str) else values[3]
    values[10] = _as_datetime(values[10])
    return Claim(*values)


def _as_datetime(value: datetime | str) -> datetime:
    parsed = parse_datetime(value) if isinstance(value, str) else value
    assert parsed is not None  # noqa: S101
    return make_aware(parsed) if is_naive(parsed) else parsed

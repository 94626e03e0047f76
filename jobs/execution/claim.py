"""Which job is next, and taking it: one conditional update for broker and worker alike.

On SQLite one statement is exact, because there is one writer. On PostgreSQL a lane with a cap is
claimed under an advisory lock, for that statement only.
"""

from __future__ import annotations

import os
from functools import cache

from django.db import connection, transaction

from jobs.execution.claim_sql import best_or_claim_sql, claim_sql, due_sql
from jobs.execution.claimed import Claim
from jobs.kinds import kinds
from jobs.processes import node, pids
from videomind.database import locks


def claim(*, short_only: bool = False) -> Claim | None:
    """Takes the best due job for this worker, counting the attempt; None when nothing is due."""
    return claim_from(lane_names(short_only=short_only))


def claim_from(lanes: tuple[str, ...]) -> Claim | None:
    return take(lanes) if connection.vendor == "sqlite" else _claim_on_postgresql(lanes)


def due_count(*, at_most: int, short_only: bool = False) -> int:
    """How many jobs could start now, up to `at_most`: as many wake-ups make sense."""
    lanes = lane_names(short_only=short_only)
    if not lanes:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(due_sql(lanes, at_most))
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
    """One statement where the best lane has no cap; else a second one under its lock.

    That finds nothing where a rival was quicker, or somebody has the head's row for a moment: that
    lane is left alone then, and keeps nobody from the others.
    """
    if not lanes:
        return None
    with connection.cursor() as cursor:
        cursor.execute(best_or_claim_sql(lanes), worker())
        row = cursor.fetchone()
    if row is None:
        return None
    lane, *claimed = row
    if claimed[0] is not None:
        return Claim.of_row(claimed)
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
        cursor.execute(claim_sql(lanes), worker())
        rows = cursor.fetchall()
    return Claim.of_row(rows[0]) if rows else None


def worker() -> tuple[str, str, int, float]:
    """The claim's own columns: worker, host, process and when that started."""
    mine = node.this_node()
    return mine.worker_id, mine.host, os.getpid(), pids.my_start()

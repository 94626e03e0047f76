"""From one job to the next in one transaction: half the commits, and half the turns at the lock.

A shortcut and no second way: it claims what `claim` would claim, and where it claims nothing the
worker asks `claim` itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from django.db import connection, transaction

from jobs.execution import attempt_end, claim, claim_sql
from jobs.execution.attempt_end import AttemptEnd
from jobs.execution.claim import Claim


@dataclass(frozen=True, slots=True)
class Handed:
    """Whether the end was written, and the job that came next."""

    written: bool
    next: Claim | None = None


def end_and_claim(end: AttemptEnd, *, short_only: bool) -> Handed:
    """Ends an attempt, and claims what is due where that takes no lock of a lane."""
    lanes = claim.lane_names(short_only=short_only)
    if connection.vendor == "postgresql":
        return _in_one_statement(end, lanes)
    with transaction.atomic():
        if not attempt_end.end_attempt(end):
            return Handed(written=False)
        return Handed(written=True, next=claim.take(lanes))


def _in_one_statement(end: AttemptEnd, lanes: tuple[str, ...]) -> Handed:
    """Lanes with a limit are left to `claim`, which takes their lock first."""
    sql = _sql(end.moved_sql, end.written_sql, lanes)
    ended: list[Any] = [*end.moved_values, *end.written_values]
    looked: list[Any] = [*lanes, end.job_id]
    with connection.cursor() as cursor:
        cursor.execute(sql, [*ended, *looked, *looked, *lanes, *claim.me()])
        row = cursor.fetchone()
    if row is None:
        return Handed(written=False)
    return Handed(written=True, next=None if row[0] is None else claim.as_claim(row))


_BUT_ITSELF: Final = " AND busy.id <> %s"
"""The statement sees the job that it ends as running still."""


@cache
def _sql(moved: str, written: str, lanes: tuple[str, ...]) -> str:
    taken = claim_sql.move_sql("(SELECT id FROM head WHERE cap IS NULL)")
    head = claim_sql.best_head_sql(lanes, but=_BUT_ITSELF)
    return (
        f"WITH moved AS ({moved} RETURNING id), written AS ({written}),"  # noqa: S608
        f" head AS MATERIALIZED (SELECT * FROM ({head}) AS best WHERE EXISTS (SELECT FROM moved)),"
        f" taken AS ({taken}) SELECT taken.* FROM moved LEFT JOIN taken ON true"
    )

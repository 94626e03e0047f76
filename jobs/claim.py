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
from typing import Any, Final

from django.db import connection, transaction
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_naive, make_aware

from jobs.kinds import kinds
from jobs.processes import node, pids
from jobs.states import Status
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


_RETURNED: Final = (
    "id, job_type, lane, parameters, lease, attempt_number, retry_count, max_retries, crashes,"
    " timeout_seconds, attempt_started_at, worker_id, host, pid"
)


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
        cursor.execute(_due_sql(lanes, at_most), [*lanes, *lanes])
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
        cursor.execute(_head_or_claim_sql(lanes), [*lanes, *lanes, *lanes, *me()])
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
        cursor.execute(_claim_sql(lanes), [*me(), *lanes, *lanes])
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


# --- SQL. Lanes come from our own table of kinds; every value is a parameter. --------------------


# The limit, or the lower one of the ramp after a hold.
_CAP: Final = (
    'CASE WHEN lane.ramp < COALESCE(lane."limit", lane.ramp + 1)'
    ' THEN lane.ramp ELSE lane."limit" END'
)
_PENDING: Final = f"job.lane = lane.name AND job.status = '{Status.PENDING}'"


def _listed(lanes: tuple[str, ...]) -> str:
    return f"lane.name IN ({', '.join(['%s'] * len(lanes))}) AND lane.paused_at IS NULL"


def _room_sql(*, but: str = "") -> str:
    """Whether the lane is not full; `but` says who does not count."""
    return (
        f"({_CAP} IS NULL OR {_CAP} > (SELECT count(*) FROM jobs_job AS busy"  # noqa: S608
        f" WHERE busy.lane = lane.name AND busy.status = '{Status.RUNNING}'{but}))"
    )


def _probe_sql(lanes: tuple[str, ...]) -> str:
    """The one job that tries whether a hold's cause is gone: chosen by `probes`, let through here.

    CROSS JOIN, and LIMIT: the few lanes come first. Both databases have walked through all that is
    pending instead, PostgreSQL until its statistics knew how much that is.
    """
    job = "jobs_job AS job"
    if connection.vendor == "postgresql":
        job = "LATERAL (SELECT * FROM jobs_job WHERE id = lane.probe_id LIMIT 1) AS job"
    return (
        f"FROM jobs_lane AS lane CROSS JOIN {job} WHERE {_listed(lanes)}"
        f" AND lane.hold_cause <> '' AND job.id = lane.probe_id AND {_PENDING} AND {_room_sql()}"
    )


def _open_lanes_sql(lanes: tuple[str, ...], *, but: str = "") -> str:
    return f" WHERE {_listed(lanes)} AND lane.hold_cause = '' AND {_room_sql(but=but)}"


def _first_pending_sql(columns: str) -> str:
    return f"SELECT {columns} FROM jobs_job AS job WHERE {_PENDING} ORDER BY job.rank, job.id LIMIT"  # noqa: S608


@cache
def _due_sql(lanes: tuple[str, ...], at_most: int) -> str:
    one = _first_pending_sql("job.id")
    return (
        f"SELECT (SELECT count(*) FROM ({one} {at_most}) AS due)"  # noqa: S608
        f" FROM jobs_lane AS lane {_open_lanes_sql(lanes)}"
        f" UNION ALL SELECT count(*) {_probe_sql(lanes)}"
    )


_SKIP: Final = "FOR UPDATE OF job SKIP LOCKED"
"""A rival's head is stepped over, not waited for."""


@cache
def _claim_sql(lanes: tuple[str, ...]) -> str:
    if connection.vendor == "postgresql":
        heads = f"{_heads_of(lanes, lock=_SKIP)} UNION ALL {_probes_of(lanes)}"
        return move_sql(f"(SELECT id FROM ({heads}) AS heads ORDER BY rank, id LIMIT 1)")  # noqa: S608
    heads = (
        f"SELECT ({_first_pending_sql('job.id')} 1) FROM jobs_lane AS lane"  # noqa: S608
        f" {_open_lanes_sql(lanes)} UNION ALL SELECT job.id {_probe_sql(lanes)}"
    )
    best = f"SELECT id FROM jobs_job WHERE id IN ({heads}) ORDER BY rank, id LIMIT 1"  # noqa: S608
    return move_sql(f"({best})")


@cache
def best_head_sql(lanes: tuple[str, ...], *, but: str = "") -> str:
    """PostgreSQL's best head of all lanes. Values: twice the lanes and those of `but`, the lanes.

    Only heads of lanes without a limit are locked. The others are claimed under their lane's lock,
    and who has that would step over a head that somebody else only looks at.
    """
    free = _heads_of(lanes, but=but, only=f"{_CAP} IS NULL", lock=_SKIP)
    limited = _heads_of(lanes, but=but, only=f"{_CAP} IS NOT NULL")
    heads = f"{free} UNION ALL {limited} UNION ALL {_probes_of(lanes)}"
    return f"SELECT * FROM ({heads}) AS heads ORDER BY rank, id LIMIT 1"  # noqa: S608


def _heads_of(lanes: tuple[str, ...], *, but: str = "", only: str = "TRUE", lock: str = "") -> str:
    one = f"{_first_pending_sql('job.id, job.rank')} 1 {lock}"
    return (
        f"SELECT head.id, head.rank, lane.name AS lane, {_CAP} AS cap FROM jobs_lane AS lane"  # noqa: S608
        f" CROSS JOIN LATERAL ({one}) AS head {_open_lanes_sql(lanes, but=but)} AND {only}"
    )


def _probes_of(lanes: tuple[str, ...]) -> str:
    return f"SELECT job.id, job.rank, job.lane, {_CAP} {_probe_sql(lanes)}"


@cache
def _head_or_claim_sql(lanes: tuple[str, ...]) -> str:
    """The best head's lane, and the claimed row if that lane has no limit."""
    move = move_sql("(SELECT id FROM head WHERE cap IS NULL)")
    return (
        f"WITH head AS MATERIALIZED ({best_head_sql(lanes)}), moved AS ({move})"  # noqa: S608
        " SELECT head.lane, moved.* FROM head LEFT JOIN moved ON moved.id = head.id"
    )


def move_sql(chosen: str) -> str:
    """Claims the row whose id `chosen` answers; its values are those of `me`."""
    on_sqlite = "strftime('%%Y-%%m-%%d %%H:%%M:%%f', 'now')"
    now = "now()" if connection.vendor == "postgresql" else on_sqlite
    return (
        f"UPDATE jobs_job SET status = '{Status.RUNNING}', lease = lease + 1,"  # noqa: S608
        f" attempt_number = attempt_number + 1, worker_id = %s, host = %s, pid = %s,"
        f" pid_started_at = %s, child_pid = NULL, started_at = COALESCE(started_at, {now}),"
        f" attempt_started_at = {now}, heartbeat_at = {now}, progress_at = {now}"
        f" WHERE id = {chosen} AND status = '{Status.PENDING}' RETURNING {_RETURNED}"
    )

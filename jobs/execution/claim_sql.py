"""The claim's SQL: the first job of each lane that may start one, the best of these, and its move.

The order within a lane is `rank, id` over its pending rows (a partial index). Lanes are named by
our own table of kinds; every value is a parameter.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from django.db import connection

from jobs.execution.claimed import COLUMNS
from jobs.states import Status

Lanes = tuple[str, ...]

_PENDING: Final = f"job.lane = lane.name AND job.status = '{Status.PENDING}'"
_IN_ORDER: Final = f"SELECT job.id FROM jobs_job AS job WHERE {_PENDING} ORDER BY job.rank, job.id"
_HEAD: Final = f"{_IN_ORDER} LIMIT 1"
_SKIP: Final = "FOR UPDATE OF job SKIP LOCKED"
"""PostgreSQL: a head that a rival takes is stepped over, not waited for."""


def _may_start_one(lanes: Lanes, *, but: str = "") -> str:
    """Lanes neither paused nor full; `but` says which running jobs do not count."""
    names = ", ".join(f"'{name}'" for name in lanes)
    return (
        f"lane.name IN ({names}) AND lane.paused_at IS NULL AND (lane.cap IS NULL OR lane.cap >"
        f" (SELECT count(*) FROM jobs_job AS busy WHERE busy.lane = lane.name"
        f" AND busy.status = '{Status.RUNNING}'{but}))"
    )


def _first(head: str) -> str:
    """The id of the job that a lane starts next: while it is held, the one that tries."""
    return f"CASE WHEN lane.hold_cause <> '' THEN lane.probe_id ELSE ({head}) END"


def _firsts(first: str) -> str:
    """Each lane with that job. Lanes come first, they are few.

    Hence CROSS JOIN, and LIMIT: both databases have walked through all that is pending instead,
    PostgreSQL until its statistics knew how much that is.
    """
    job = f"SELECT job.id, job.rank FROM jobs_job AS job WHERE job.id = {first} AND {_PENDING}"
    if connection.vendor == "postgresql":
        return f"jobs_lane AS lane CROSS JOIN LATERAL ({job} LIMIT 1) AS job WHERE"
    return f"jobs_lane AS lane CROSS JOIN jobs_job AS job WHERE job.id = {first} AND {_PENDING} AND"


@cache
def due_sql(lanes: Lanes, at_most: int) -> str:
    """How many jobs could start now, a row a lane, up to `at_most` each."""
    # In order only for the index: PostgreSQL would look for a few rows in the whole table.
    pending = f"{_IN_ORDER} LIMIT {at_most}"
    # Not counted: to count one, SQLite would rather walk through all that is pending in its lane.
    probing = f"SELECT lane FROM jobs_job WHERE id = lane.probe_id AND status = '{Status.PENDING}'"
    return (
        f"SELECT CASE WHEN lane.hold_cause = '' THEN (SELECT count(*) FROM ({pending}) AS due)"
        f" WHEN lane.name = ({probing}) THEN 1 ELSE 0 END"
        f" FROM jobs_lane AS lane WHERE {_may_start_one(lanes)}"
    )


@cache
def claim_sql(lanes: Lanes) -> str:
    """Takes the best of all firsts; on PostgreSQL of one lane, whose lock we have."""
    head = f"{_HEAD} {_SKIP}" if connection.vendor == "postgresql" else _HEAD
    best = (
        f"SELECT job.id FROM {_firsts(_first(head))} {_may_start_one(lanes)}"
        " ORDER BY job.rank, job.id LIMIT 1"
    )
    return move_sql(f"({best})")


@cache
def best_sql(lanes: Lanes, *, but: str = "") -> str:
    """PostgreSQL: the best of all firsts, with its lane and that lane's cap.

    Only heads of lanes without a cap are locked. The others are claimed under their lane's lock,
    and who has that would step over a head that somebody else only looks at.
    """
    head = f"CASE WHEN lane.cap IS NULL THEN ({_HEAD} {_SKIP}) ELSE ({_HEAD}) END"
    return (
        "SELECT job.id, lane.name AS lane, lane.cap"
        f" FROM {_firsts(_first(head))} {_may_start_one(lanes, but=but)}"
        " ORDER BY job.rank, job.id LIMIT 1"
    )


UNCAPPED_BEST: Final = "(SELECT id FROM best WHERE cap IS NULL)"


@cache
def best_or_claim_sql(lanes: Lanes) -> str:
    """PostgreSQL: the best first's lane, and the claimed row if that lane has no cap."""
    return (
        f"WITH best AS MATERIALIZED ({best_sql(lanes)}), taken AS ({move_sql(UNCAPPED_BEST)})"
        " SELECT best.lane, taken.* FROM best LEFT JOIN taken ON taken.id = best.id"
    )


def move_sql(chosen: str) -> str:
    """Claims the row whose id `chosen` answers; its values are those of `claim.worker`."""
    on_sqlite = "strftime('%%Y-%%m-%%d %%H:%%M:%%f', 'now')"
    now = "now()" if connection.vendor == "postgresql" else on_sqlite
    return (
        f"UPDATE jobs_job SET status = '{Status.RUNNING}', lease = lease + 1,"
        f" attempt_number = attempt_number + 1, worker_id = %s, host = %s, pid = %s,"
        f" pid_started_at = %s, child_pid = NULL, started_at = COALESCE(started_at, {now}),"
        f" attempt_started_at = {now}, heartbeat_at = {now}, progress_at = {now}"
        f" WHERE id = {chosen} AND status = '{Status.PENDING}' RETURNING {', '.join(COLUMNS)}"
    )

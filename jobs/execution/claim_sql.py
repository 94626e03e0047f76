"""The claim's SQL: the head of each lane with a free slot, the best of them, and its move."""

from __future__ import annotations

from functools import cache
from typing import Final

from django.db import connection

from jobs.states import Status

RETURNED: Final = (
    "id, job_type, lane, parameters, lease, attempt_number, retry_count, max_retries, crashes,"
    " timeout_seconds, attempt_started_at, worker_id, host, pid"
)
_CAP: Final = "lane.cap"
_PENDING: Final = f"job.lane = lane.name AND job.status = '{Status.PENDING}'"


def _listed(lanes: tuple[str, ...]) -> str:
    return f"lane.name IN ({', '.join(['%s'] * len(lanes))}) AND lane.paused_at IS NULL"


def room_sql(*, but: str = "") -> str:
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
        f" AND lane.hold_cause <> '' AND job.id = lane.probe_id AND {_PENDING} AND {room_sql()}"
    )


def _open_lanes_sql(lanes: tuple[str, ...], *, but: str = "") -> str:
    return f" WHERE {_listed(lanes)} AND lane.hold_cause = '' AND {room_sql(but=but)}"


def _first_pending_sql(columns: str) -> str:
    return f"SELECT {columns} FROM jobs_job AS job WHERE {_PENDING} ORDER BY job.rank, job.id LIMIT"  # noqa: S608


@cache
def due_sql(lanes: tuple[str, ...], at_most: int) -> str:
    one = _first_pending_sql("job.id")
    return (
        f"SELECT (SELECT count(*) FROM ({one} {at_most}) AS due)"  # noqa: S608
        f" FROM jobs_lane AS lane {_open_lanes_sql(lanes)}"
        f" UNION ALL SELECT count(*) {_probe_sql(lanes)}"
    )


SKIP: Final = "FOR UPDATE OF job SKIP LOCKED"
"""A rival's head is stepped over, not waited for."""


@cache
def claim_sql(lanes: tuple[str, ...]) -> str:
    if connection.vendor == "postgresql":
        heads = f"{_heads_of(lanes, lock=SKIP)} UNION ALL {_probes_of(lanes)}"
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
    free = _heads_of(lanes, but=but, only=f"{_CAP} IS NULL", lock=SKIP)
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
def head_or_claim_sql(lanes: tuple[str, ...]) -> str:
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
        f" WHERE id = {chosen} AND status = '{Status.PENDING}' RETURNING {RETURNED}"
    )

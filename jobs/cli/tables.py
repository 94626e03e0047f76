"""Jobs as lines for a terminal: ruled where somebody reads, tab-separated for other programs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.management.base import OutputWrapper
from django.db.models import Count
from django.utils import timezone
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from jobs.api.payloads import JobPayload
from jobs.logs.redaction import printable
from jobs.models import Attempt, Job, Lane, Node
from jobs.states import Status
from videomind.http.times import as_text


@dataclass(frozen=True, slots=True)
class Table:
    names: Sequence[str]
    rows: Sequence[Sequence[str]]


def write(out: OutputWrapper, table: Table) -> None:
    if not out.isatty():
        for row in (table.names, *table.rows):
            out.write("\t".join(row))
        return
    ruled = RichTable(*table.names)
    for row in table.rows:
        # Text, not markup: a video's title may contain brackets.
        ruled.add_row(*(Text(cell) for cell in row))
    Console().print(ruled)


def of_jobs(jobs: Iterable[JobPayload]) -> Table:
    names = ("id", "job_type", "status", "priority", "created_at", "progress", "title", "failure")
    return Table(names, [_job_row(job) for job in jobs])


def _job_row(job: JobPayload) -> list[str]:
    cells = (
        job["id"], job["job_type"], job["status"], job["priority"], job["created_at"],
        job["progress"]["message"], job["title"], job["failure_code"],
    )  # fmt: skip
    return [cell(each) for each in cells]


def of_attempts(attempts: Iterable[Attempt]) -> Table:
    names = ("attempt", "outcome", "started_at", "ended_at", "failure", "message")
    rows = [
        (each.number, each.outcome, as_text(each.started_at), as_text(each.ended_at),
         each.failure_code, each.error_message)
        for each in attempts
    ]  # fmt: skip
    return Table(names, [[cell(each) for each in row] for row in rows])


def of_rows(rows: Iterable[Mapping[str, Any]], names: Sequence[str]) -> Table:
    return Table(names, [[cell(row[name]) for name in names] for row in rows])


def cell(value: Any) -> str:
    return "" if value is None else printable(str(value)).replace("\n", " ")


def state_of_the_queue() -> dict[str, Any]:
    """Jobs by status, lanes with what runs and waits in them, nodes with their last heartbeat."""
    running, pending = _by("lane", Status.RUNNING), _by("lane", Status.PENDING)
    return {
        "jobs": {str(status): count for status, count in _by("status").items()},
        "lanes": [lane_line(lane, running, pending) for lane in Lane.objects.all()],
        "nodes": [node_line(node) for node in Node.objects.all()],
    }


def _by(column: str, status: Status | None = None) -> dict[str, int]:
    rows = Job.objects.all() if status is None else Job.objects.filter(status=status)
    return dict(rows.order_by(column).values_list(column).annotate(Count("pk")))


def lane_line(lane: Lane, running: Mapping[str, int], pending: Mapping[str, int]) -> dict[str, Any]:
    return {
        "name": lane.name,
        "limit": lane.limit,
        "running": running.get(lane.name, 0),
        "pending": pending.get(lane.name, 0),
        "paused_at": as_text(lane.paused_at),
        "paused_by": lane.paused_by,
        "pause_reason": lane.pause_reason,
        "hold_cause": lane.hold_cause,
        "hold_reason": lane.hold_reason,
        "hold_since": as_text(lane.hold_since),
        "next_probe_at": as_text(lane.next_probe_at),
        "probe_job_id": lane.probe_id,
    }


def of_lanes(lanes: Iterable[Mapping[str, Any]]) -> Table:
    names = ("name", "limit", "running", "pending", "paused_at")
    rows = [[*(cell(lane[name]) for name in names), cell(hold(lane))] for lane in lanes]
    return Table((*names, "held"), rows)


def hold(lane: Mapping[str, Any]) -> str:
    """ "youtube since 2026-…Z: Sign in to confirm… (next try 2026-…Z)"; "" where nothing holds."""
    if not lane["hold_cause"]:
        return ""
    said = f"{lane['hold_cause']} since {lane['hold_since']}: {lane['hold_reason']}"
    if lane["probe_job_id"]:
        return f"{said} (job {lane['probe_job_id']} tries now)"
    return f"{said} (next try {lane['next_probe_at']})" if lane["next_probe_at"] else said


def node_line(node: Node) -> dict[str, Any]:
    return {
        "name": node.name,
        "host": node.host,
        "workers": node.workers,
        "version": node.version,
        "started_at": as_text(node.started_at),
        "heartbeat_at": as_text(node.heartbeat_at),
        "draining": node.draining,
        "silent": node.is_silent(timezone.now()),
    }

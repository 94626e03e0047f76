"""What the console's first page shows; each figure is one query whose cost does not grow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection

from jobs.models import Job, Lane, Node
from jobs.monitoring.children import NO_CHILDREN, ChildrenPayload, children_of
from jobs.states import ACTIVE, FAILED_ALIKE, Status, WaitFor

MOST_ACTIVE: Final = 100_000
MOST_ENDED: Final = 10_000
SHOWN_RUNNING: Final = 20
SHOWN_PARENTS: Final = 5
SHOWN_FAILURES: Final = 8
SHOWN_NODES: Final = 50
RECENT: Final = 200


@dataclass(frozen=True, slots=True)
class Number:
    """A count that stopped at `most`."""

    value: int
    most: int

    def __str__(self) -> str:
        return f"{self.most:,}+" if self.value > self.most else f"{self.value:,}"

    def __bool__(self) -> bool:
        return self.value > 0


def counts(*, most_ended: int = MOST_ENDED) -> dict[Status, Number]:
    """How many jobs are in each state, in one statement."""
    most = {status: MOST_ACTIVE if status in ACTIVE else most_ended for status in Status}
    found = _bounded([(f"status = '{status.value}'", ()) for status in Status], most.values())
    return {
        status: Number(value, most[status]) for status, value in zip(Status, found, strict=True)
    }


def _bounded(conditions: Sequence[tuple[str, tuple[Any, ...]]], most: Any) -> Sequence[int]:
    """One count for each condition, none beyond its bound.

    States stand in the text, not as parameters: only so does SQLite see a partial index.
    """
    table = Job._meta.db_table
    parts = [
        f"(SELECT COUNT(*) FROM (SELECT 1 FROM {table} WHERE {sql} LIMIT {bound + 1}) AS counted)"  # noqa: S608
        for (sql, _), bound in zip(conditions, most, strict=True)
    ]
    values = [value for _, given in conditions for value in given]
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(parts), values)
        row: tuple[int, ...] = cursor.fetchone()
    return row


@dataclass(frozen=True, slots=True)
class LaneFigure:
    lane: Lane
    running: Number
    pending: Number

    @property
    def is_full(self) -> bool:
        return self.lane.is_full(self.running.value)


def lanes() -> list[LaneFigure]:
    rows = list(Lane.objects.all())
    if not rows:
        return []
    states = (Status.RUNNING, Status.PENDING)
    conditions = [
        (f"status = '{state.value}' AND lane = %s", (row.name,)) for row in rows for state in states
    ]
    found = [Number(value, MOST_ENDED) for value in _bounded(conditions, _same(conditions))]
    return [
        LaneFigure(row, running, pending)
        for row, running, pending in zip(rows, found[::2], found[1::2], strict=True)
    ]


def _same(conditions: Sequence[object]) -> list[int]:
    return [MOST_ENDED] * len(conditions)


@dataclass(frozen=True, slots=True)
class NodeFigure:
    node: Node
    alive: bool


def nodes(at: datetime) -> list[NodeFigure]:
    shown = Node.objects.all()[:SHOWN_NODES]
    return [NodeFigure(node, alive=not node.is_silent(at)) for node in shown]


def running() -> list[Job]:
    """Those that began last come last: rows do not jump while one looks."""
    rows = Job.objects.running().light().order_by("-pk")[:SHOWN_RUNNING]
    return sorted(rows, key=lambda job: (job.attempt_started_at or job.created_at, job.pk))


@dataclass(frozen=True, slots=True)
class Family:
    """A job that waits for its own jobs, and what became of these."""

    job: Job
    children: ChildrenPayload

    @property
    def ended(self) -> int:
        return self.children["total"] - self.children["active"]


def parents() -> list[Family]:
    """The newest that wait for their own jobs, among the newest that wait at all."""
    waiting = Job.objects.filter(status=Status.WAITING).order_by("-pk").values("pk")[:RECENT]
    found = Job.objects.filter(pk__in=waiting, wait_for=WaitFor.CHILDREN)
    rows = list(found.light().order_by("-pk")[:SHOWN_PARENTS])
    children: Mapping[int, ChildrenPayload] = children_of(row.pk for row in rows) if rows else {}
    return [Family(row, children.get(row.pk, NO_CHILDREN)) for row in rows]


def failures() -> list[Job]:
    """The last that failed, looked for among the newest jobs of each failed state."""
    newest = [
        job
        for status in sorted(FAILED_ALIKE)
        for job in Job.objects.filter(status=status).light().order_by("-pk")[:RECENT]
    ]
    newest.sort(key=lambda job: (job.completed_at or job.created_at, job.pk), reverse=True)
    return newest[:SHOWN_FAILURES]

"""Lanes: their rows, and what an operator may change while work runs."""

from __future__ import annotations

from django.utils import timezone

from jobs import kinds
from jobs.models import Lane


def ensure() -> None:
    """A row for every lane that a kind uses; an existing row keeps what an operator set."""
    rows = [Lane(name=name, limit=limit) for name, limit in kinds.lanes().items()]
    Lane.objects.bulk_create(rows, ignore_conflicts=True)


def pause(lane: Lane, *, by: str, reason: str = "") -> None:
    Lane.objects.filter(pk=lane.pk).update(
        paused_at=timezone.now(), paused_by=by, pause_reason=reason[:300]
    )


def resume(lane: Lane) -> None:
    Lane.objects.filter(pk=lane.pk).update(paused_at=None, paused_by="", pause_reason="")

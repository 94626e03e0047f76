"""The one job that tries whether a hold's cause is gone, and the ramp once it is.

The probe is a job from the head of the held lanes, another one each time. What YouTube answers it
releases the hold; a new refusal doubles the cool-down; who asked nobody gives the turn away.
"""

from __future__ import annotations

import logging
from typing import Any, Final

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Now

from jobs.failures import Failure, FailureType
from jobs.lanes.holds import YOUTUBE, held, lanes_locked, next_probe, over
from jobs.models import Job, Lane
from jobs.states import Status

logger = logging.getLogger(__name__)

# An answer that only YouTube itself can have given: the way there is free again.
_ANSWERS: Final = frozenset({FailureType.UNAVAILABLE, FailureType.PERMISSION})
_ANSWERS_TOO: Final = frozenset({"format_unavailable"})


def choose() -> None:
    """The supervisor's step: names the next probe when it is due, and replaces a lost one.

    One that was not refused yet, if there is any; then the one refused last but one, so that the
    opener is asked again only where it is alone.
    """
    lane = _due().first()
    if lane is None or (lane.probe_id and _still_tries(lane.probe_id)):
        return
    heads = Job.objects.filter(_may_start()).order_by(
        F("held_at").desc(nulls_first=True), "rank", "pk"
    )
    chosen = heads.exclude(pk=lane.failed_probe_id or 0).first() or heads.first()
    if chosen is not None and _name(chosen.pk, after=lane.probe_id):
        logger.info("Job %s tries whether YouTube answers again", chosen.pk)


def _due() -> QuerySet[Lane]:
    return held(YOUTUBE).filter(next_probe_at__lte=Now())


def _name(probe_id: int, *, after: int | None) -> int:
    with lanes_locked():
        return _due().filter(probe=after).update(probe=probe_id)


def _still_tries(probe_id: int) -> bool:
    """It runs, or may start. In one query: a claim in between would be seen by neither of two."""
    runs = Q(status=Status.RUNNING)
    return Job.objects.filter(runs | _may_start(), pk=probe_id).exists()


def _may_start() -> Q:
    """In a held lane neither paused nor full: else it would keep the others held, for ever."""
    running = Job.objects.running().filter(lane=OuterRef("name")).order_by().values("lane")
    many = Coalesce(Subquery(running.annotate(many=Count("pk")).values("many")), 0)
    has_room = Q(cap=None) | Q(cap__gt=many)
    lanes = held(YOUTUBE).filter(has_room, paused_at=None)
    return Q(status=Status.PENDING, lane__in=lanes.values("name"))


def ended(*, job_id: int, lane: str, failure: Failure | None, asked: bool = True) -> None:
    """After an attempt that met no hold's cause: a probe's end tells, a success widens the ramp."""
    probing = Lane.objects.filter(probe=job_id).exclude(hold_cause="")
    cause = probing.values_list("hold_cause", flat=True).first()
    if cause and not asked:
        _give_away(cause, job_id)
    elif cause and (failure is None or _is_an_answer(failure)):
        over(cause)
    elif cause:
        # Like one that was refused, or a single broken video would be asked again each time.
        Job.objects.filter(pk=job_id).update(held_at=Now())
        _give_away(cause, job_id, failed_probe=job_id, next_probe_at=next_probe(0))
    elif failure is None and asked:
        _widen(lane)


def _give_away(cause: str, probe_id: int, **columns: Any) -> None:
    with lanes_locked():
        held(cause).filter(probe=probe_id).update(probe=None, **columns)


def _is_an_answer(failure: Failure) -> bool:
    return failure.type in _ANSWERS or failure.code in _ANSWERS_TOO


def _widen(lane: str) -> None:
    """1, 2, 4, then the lane's own limit."""
    ramping = Lane.objects.filter(name=lane).exclude(ramp=None)
    for row in ramping:
        wider = row.ramp * 2 if row.ramp else 1
        is_full = wider > 4 or (row.limit is not None and wider >= row.limit)
        ramping.filter(ramp=row.ramp).update(ramp=None if is_full else wider)

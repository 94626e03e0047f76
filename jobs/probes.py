"""The one job that tries whether a hold's cause is gone, and the ramp once it is.

The probe is a job from the head of the held lanes, another one each time. What YouTube answers it
releases the hold; a new refusal doubles the cool-down; who asked nobody gives the turn away.
"""

from __future__ import annotations

import logging
from typing import Final

from django.db.models import F, QuerySet
from django.utils import timezone

from jobs.failures import Failure, FailureType
from jobs.holds import YOUTUBE, held, next_probe, over
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
    lane = held(YOUTUBE).first()
    if lane is None or lane.next_probe_at is None or lane.next_probe_at > timezone.now():
        return
    open_lanes = held(YOUTUBE).filter(paused_at=None).values("name")
    pending = Job.objects.filter(status=Status.PENDING, lane__in=open_lanes)
    if lane.probe_id and _still_tries(lane.probe_id, among=pending):
        return
    heads = pending.order_by(F("held_at").desc(nulls_first=True), "rank", "pk")
    chosen = heads.exclude(pk=lane.failed_probe_id or 0).first() or heads.first()
    if chosen is not None:
        named = held(YOUTUBE).filter(probe=lane.probe_id).update(probe=chosen.pk)
        if named:
            logger.info("Job %s tries whether YouTube answers again", chosen.pk)


def _still_tries(probe_id: int, *, among: QuerySet[Job]) -> bool:
    """It runs, or may start: one in a lane that was paused since would keep the others held."""
    job = Job.objects.filter(pk=probe_id, status=Status.RUNNING)
    return job.exists() or among.filter(pk=probe_id).exists()


def ended(*, job_id: int, lane: str, failure: Failure | None, asked: bool = True) -> None:
    """After an attempt that met no hold's cause: a probe's end tells, a success widens the ramp."""
    probing = Lane.objects.filter(probe=job_id).exclude(hold_cause="")
    cause = probing.values_list("hold_cause", flat=True).first()
    if cause and not asked:
        held(cause).filter(probe=job_id).update(probe=None)
    elif cause and (failure is None or _is_an_answer(failure)):
        over(cause)
    elif cause:
        held(cause).update(probe=None, next_probe_at=next_probe(0))
    elif failure is None and asked:
        _widen(lane)


def _is_an_answer(failure: Failure) -> bool:
    return failure.type in _ANSWERS or failure.code in _ANSWERS_TOO


def _widen(lane: str) -> None:
    """1, 2, 4, then the lane's own limit."""
    ramping = Lane.objects.filter(name=lane).exclude(ramp=None)
    for row in ramping:
        wider = row.ramp * 2 if row.ramp else 1
        is_full = wider > 4 or (row.limit is not None and wider >= row.limit)
        ramping.filter(ramp=row.ramp).update(ramp=None if is_full else wider)

"""Holds, the circuit breaker: one cause stops its lanes for everybody, until a look or a probe.

A hold stands alike on every lane of its cause. For YouTube one job, the probe, tries after the
cool-down; each failed probe doubles it. For the disk, the media root and the cookies nobody tries:
the supervisor looks. Afterwards the lanes go on with 1, 2, 4 … jobs at once.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import F, Min, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.module_loading import import_string

from jobs.failures import Failure, FailureType
from jobs.models import Job, Lane
from jobs.states import Status

YOUTUBE: Final = "youtube"
LANES: Final[dict[str, tuple[str, ...]]] = {
    YOUTUBE: ("download", "metadata", "sync"),
    "cookies": ("download", "metadata", "sync"),
    "disk": ("download", "media"),
    "media_root": ("download", "media"),
}
LONGEST_COOL_DOWN_S: Final = 6 * 3600
ALONE_AFTER: Final = 3
# An answer that only YouTube itself can have given: the way there is free again.
_ANSWERS: Final = frozenset(
    {FailureType.UNAVAILABLE, FailureType.PERMISSION, FailureType.VALIDATION}
)


def guarded() -> frozenset[str]:
    """Lanes that any hold can stop."""
    return frozenset({name for names in LANES.values() for name in names} | {*settings.HELD_ALONG})


def lanes_of(cause: str) -> QuerySet[Lane]:
    """In tests a lane of the test's own may be among them."""
    return Lane.objects.filter(name__in=[*LANES[cause], *settings.HELD_ALONG])


def held(cause: str) -> QuerySet[Lane]:
    return Lane.objects.filter(hold_cause=cause)


def cool_down(step: int, *, jitter: float) -> timedelta:
    """5 minutes, doubling to 6 hours, with up to a quarter more or less."""
    seconds = min(settings.COOL_DOWN_S * 2.0 ** min(step, 20), LONGEST_COOL_DOWN_S)
    return timedelta(seconds=seconds * (1 + 0.25 * jitter))


def _next_probe(step: int) -> datetime:
    return timezone.now() + cool_down(step, jitter=random.uniform(-1, 1))  # noqa: S311


def meet(cause: str, *, job_id: int, reason: str) -> bool:
    """A job met the cause. Opens the hold, or makes the next probe later when this was the probe.

    Answers whether the job is treated alone from now on: it met the cause three times while others
    succeeded in between.
    """
    alone = _is_alone(cause, job_id)
    if _failed_as_probe(cause, job_id) or alone:
        return alone
    lanes_of(cause).filter(hold_cause="").update(
        hold_cause=cause,
        hold_reason=reason[:300],
        hold_since=Now(),
        hold_step=0,
        next_probe_at=_next_probe(0) if cause == YOUTUBE else None,
        probe=None,
        failed_probe=job_id,
        ramp=None,
    )
    return False


def _is_alone(cause: str, job_id: int) -> bool:
    """Counts a meeting only if the last hold of this cause ended since this job's last one."""
    job = Job.objects.filter(pk=job_id)
    ended = lanes_of(cause).aggregate(at=Min("hold_ended_at"))["at"]
    counts = Q(held_at=None) if ended is None else Q(held_at=None) | Q(held_at__lt=ended)
    job.filter(counts).update(times_held=F("times_held") + 1, held_at=Now())
    return job.filter(times_held__gte=ALONE_AFTER).exists()


def _failed_as_probe(cause: str, job_id: int) -> bool:
    step = held(cause).filter(probe=job_id).values_list("hold_step", flat=True).first()
    if step is None:
        return False
    held(cause).update(
        hold_step=step + 1, next_probe_at=_next_probe(step + 1), probe=None, failed_probe=job_id
    )
    return True


def ended(*, job_id: int, lane: str, failure: Failure | None) -> None:
    """After an attempt that met no hold's cause: a probe's end tells, a success widens the ramp."""
    probing = Lane.objects.filter(probe=job_id).exclude(hold_cause="")
    cause = probing.values_list("hold_cause", flat=True).first()
    if cause and (failure is None or failure.type in _ANSWERS):
        release(cause)
    elif cause:
        held(cause).update(probe=None, next_probe_at=_next_probe(0))
    elif failure is None:
        _widen(lane)


def _widen(lane: str) -> None:
    """1, 2, 4, then the lane's own limit."""
    ramping = Lane.objects.filter(name=lane).exclude(ramp=None)
    for row in ramping:
        wider = row.ramp * 2 if row.ramp else 1
        over = wider > 4 or (row.limit is not None and wider >= row.limit)
        ramping.filter(ramp=row.ramp).update(ramp=None if over else wider)


def release(cause: str) -> int:
    """The cause is gone, or an operator says so: on with one job at once, then more."""
    return held(cause).update(
        hold_cause="",
        hold_reason="",
        hold_since=None,
        hold_step=0,
        next_probe_at=None,
        probe=None,
        failed_probe=None,
        hold_ended_at=Now(),
        ramp=1,
    )


def hold(cause: str, *, reason: str) -> int:
    """By hand, or by the supervisor's look at the disk."""
    return (
        lanes_of(cause)
        .filter(hold_cause="")
        .update(
            hold_cause=cause,
            hold_reason=reason[:300],
            hold_since=Now(),
            hold_step=0,
            next_probe_at=_next_probe(0) if cause == YOUTUBE else None,
            ramp=None,
        )
    )


def look() -> None:
    """The supervisor's step: choose due probes, replace lost ones, look where nobody probes."""
    in_force = {lane.hold_cause: lane for lane in Lane.objects.exclude(hold_cause="")}
    for cause in LANES:
        lane = in_force.get(cause)
        if cause == YOUTUBE:
            if lane is not None:
                _choose_probe(lane)
            continue
        _look_at(cause, lane)


def _choose_probe(lane: Lane) -> None:
    """One job from the head of the held lanes: one that was not refused yet, if there is any.

    Then the one refused last but one, so that the opener is asked again only where it is alone.
    """
    waiting = {Status.PENDING, Status.RUNNING}
    if lane.probe_id and Job.objects.filter(pk=lane.probe_id, status__in=sorted(waiting)).exists():
        return
    if lane.next_probe_at is None or lane.next_probe_at > timezone.now():
        return
    names = held(YOUTUBE).filter(paused_at=None).values("name")
    heads = Job.objects.filter(status=Status.PENDING, lane__in=names)
    heads = heads.order_by(F("held_at").desc(nulls_first=True), "rank", "pk")
    chosen = heads.exclude(pk=lane.failed_probe_id or 0).first() or heads.first()
    if chosen is not None:
        with transaction.atomic():
            held(YOUTUBE).filter(probe=lane.probe_id).update(probe=chosen.pk)


def _look_at(cause: str, lane: Lane | None) -> None:
    """A watch answers "" when all is well, else a sentence."""
    watch = settings.HOLD_WATCHES.get(cause)
    if watch is None:
        return
    since = lane.hold_since if lane else None
    trouble = import_string(watch)(since)
    if trouble and lane is None:
        hold(cause, reason=trouble)
    elif not trouble and lane is not None:
        release(cause)

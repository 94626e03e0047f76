"""Holds, the circuit breaker: one cause stops its lanes for everybody, until a look or a probe.

A hold stands alike on every lane of its cause. For YouTube one job, the probe, tries after the
cool-down; each failed probe doubles it. For the disk, the media root and the cookies nobody tries:
the supervisor looks. Afterwards the lanes go on with 1, 2, 4 … jobs at once.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import F, Min, Q, QuerySet
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Now
from django.utils.module_loading import import_string

from jobs.kinds import kinds
from jobs.models import Job, Lane, Node
from jobs.processes.node import host_name

logger = logging.getLogger(__name__)

YOUTUBE: Final = "youtube"
LONGEST_COOL_DOWN_S: Final = 6 * 3600
ALONE_AFTER: Final = 3


@cache
def guarded() -> frozenset[str]:
    """Lanes that any hold can stop."""
    held = {each.lane for each in kinds().values() if each.held_by}
    return frozenset(held.union(settings.HELD_ALONG))


def lanes_of(cause: str) -> QuerySet[Lane]:
    return Lane.objects.filter(name__in=_names_of(cause))


@cache
def _names_of(cause: str) -> frozenset[str]:
    """In tests a lane of the test's own may be among them."""
    held = {each.lane for each in kinds().values() if cause in each.held_by}
    return frozenset(held.union(settings.HELD_ALONG))


def held(cause: str) -> QuerySet[Lane]:
    return Lane.objects.filter(hold_cause=cause)


@contextmanager
def lanes_locked() -> Iterator[None]:
    """For who writes several lanes: what is read of them in here stays so until it is written.

    All are locked, in one order, and a job's row before them: else two could wait for each other.
    SQLite knows no such locks; its transactions have one writer, from their first statement on.
    """
    with transaction.atomic():
        list(Lane.objects.select_for_update().order_by("name").values_list("pk", flat=True))
        yield


def cool_down(step: int, *, jitter: float) -> timedelta:
    """5 minutes, doubling to 6 hours, with up to a quarter more or less."""
    seconds = min(settings.COOL_DOWN_S * 2.0 ** min(step, 20), LONGEST_COOL_DOWN_S)
    return timedelta(seconds=seconds * (1 + 0.25 * jitter))


def next_probe(step: int) -> CombinedExpression:
    """By the database's clock: every host goes by it."""
    return Now() + _pause(step)


def _pause(step: int) -> timedelta:
    return cool_down(step, jitter=random.uniform(-1, 1))  # noqa: S311


@lanes_locked()
def meet(cause: str, *, job_id: int, reason: str, since: datetime | None = None) -> bool:
    """A job met the cause. Opens the hold, or makes the next probe later when this was the probe.

    Answers whether the job is treated alone from now on: it met the cause three times while others
    succeeded in between. `since`: when it began to try; what has changed after that may help.
    """
    alone = _is_alone(cause, job_id)
    if _failed_as_probe(cause, job_id) or alone:
        return alone
    standing = held(cause).first()
    opening = _copied(standing) if standing else _opening(cause, reason) | {"failed_probe": job_id}
    if since is not None:
        opening["hold_since"] = since
    # The probe of another hold has met this wall: its lanes wait for this cause instead.
    opened = lanes_of(cause).filter(Q(hold_cause="") | Q(probe=job_id)).update(**opening)
    if opened and standing is None:
        _say_held(cause, reason, by=f", met by job {job_id}")
    others = Lane.objects.filter(probe=job_id)
    others.update(probe=None, failed_probe=job_id, next_probe_at=next_probe(0))
    return False


def stops(cause: str, lane: str) -> bool:
    """Whether a job of that lane waits while the hold stands, or would run into it at once."""
    return lane in _names_of(cause)


def _opening(cause: str, reason: str) -> dict[str, Any]:
    return {
        "hold_cause": cause,
        "hold_reason": reason[:300],
        "hold_host": host_name(),
        "hold_since": Now(),
        "hold_step": 0,
        "next_probe_at": next_probe(0) if cause == YOUTUBE else None,
        "probe": None,
        "failed_probe": None,
        "ramp": None,
    }


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
    pause = _pause(step + 1)
    again = {"hold_step": step + 1, "next_probe_at": Now() + pause}
    held(cause).update(**again, probe=None, failed_probe=job_id)
    in_s = pause.total_seconds()
    logger.info("Job %s met it again (%s); next try in %.0f s", job_id, cause, in_s)
    return True


def over(cause: str) -> int:
    """The cause is gone, by a probe or a look: on with one job at once, then more."""
    freed = _release(cause, hold_ended_at=Now())
    if freed:
        logger.info("The hold (%s) is over; its lanes go on, slowly at first", cause)
    return freed


def release(cause: str) -> int:
    """An operator says "resume now". Nobody has succeeded: who meets the cause now met it once."""
    freed = _release(cause)
    if freed:
        logger.info("The hold (%s) was released by hand", cause)
    return freed


@lanes_locked()
def _release(cause: str, **columns: Any) -> int:
    free = {"hold_cause": "", "hold_reason": "", "hold_host": "", "hold_since": None}
    no_probe = {"hold_step": 0, "next_probe_at": None, "probe": None, "failed_probe": None}
    freed = held(cause).update(**free, **no_probe, **columns, ramp=1)
    for other in Lane.objects.exclude(hold_cause=""):
        # A lane carries one cause; where another one stands beside it, that holds the lane now.
        lanes_of(other.hold_cause).filter(hold_cause="").update(**_copied(other))
    return freed


def _copied(lane: Lane) -> dict[str, Any]:
    """One hold has one step and one probe, whenever its lanes joined it."""
    return {name: getattr(lane, name) for name in _OF_THE_HOLD} | {"ramp": None}


_OF_THE_HOLD: Final = (
    "hold_cause",
    "hold_reason",
    "hold_host",
    "hold_since",
    "hold_step",
    "next_probe_at",
    "probe_id",
    "failed_probe_id",
)


def look() -> frozenset[str]:
    """The supervisor's step where no job needs to try: looks, holds, and releases.

    Answers what held when it began.
    """
    in_force = {lane.hold_cause: lane for lane in Lane.objects.exclude(hold_cause="")}
    for cause, watch in settings.HOLD_WATCHES.items():
        lane = in_force.get(cause)
        trouble = _trouble(watch, lane.hold_since if lane else None)
        if trouble and lane is None:
            with lanes_locked():
                lanes_of(cause).filter(hold_cause="").update(**_opening(cause, trouble))
            _say_held(cause, trouble)
        elif not trouble and lane is not None and _is_ours_to_release(lane):
            over(cause)
    return frozenset(in_force)


def _say_held(cause: str, reason: str, *, by: str = "") -> None:
    names = ", ".join(held(cause).values_list("name", flat=True))
    logger.warning("Held (%s%s): %s Lanes: %s", cause, by, reason, names)


def _trouble(watch: str, since: datetime | None) -> str:
    """ "" when all is well, else a sentence. What cannot be looked at is not well."""
    try:
        return str(import_string(watch)(since))
    except OSError as error:
        return f"{error.filename or 'The disk'} cannot be looked at: {error.strerror}."


def _is_ours_to_release(lane: Lane) -> bool:
    """What one host misses may be there on another: who saw it go must see it come, or be gone."""
    if lane.hold_host in ("", host_name()):
        return True
    return not Node.objects.filter(host=lane.hold_host).beating(Now(), leases=3).exists()

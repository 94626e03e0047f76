"""Finding jobs: one search by words for API, console and admin, and the pages of the console.

Pages go by key, each branch walks one index. A filter with several values ("failed" is three
states, a lane is several kinds) is asked once for each value and merged here: `IN` with an order
makes a database read and sort all that match.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Final

from django.db.models import CharField, F, Max, Q, Value
from django.db.models.functions import Coalesce

from jobs.kinds import kinds
from jobs.models import Job, JobQuerySet, Link
from jobs.states import Status
from videomind.http.query import number

PAGE: Final = 50
WORDS_REACH: Final = 20_000
REACH: Final = (
    f"Words are looked for in the newest {WORDS_REACH:,} jobs,"
    " a number or a whole target in all of them."
)
SAME_TARGET: Final = 200
# Ids grow with time, give or take the clocks of several hosts.
SLACK: Final = 1000


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the list is asked for; nothing given means all."""

    statuses: tuple[str, ...] = ()
    job_types: tuple[str, ...] = ()
    failure_code: str = ""
    parent_id: int | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """Newest first. `older` and `newer` are the keys that the neighbouring pages begin at."""

    rows: list[Job]
    older: int | None = None
    newer: int | None = None


def by_words(words: str) -> Q:
    """The job of that number, the jobs for that very target, and where title or target has them.

    Titles and parts of targets are looked at in the newest jobs only, so the cost is bounded,
    whatever filters stand beside it.
    """
    floor = max(0, _newest() - WORDS_REACH)
    recent, exactly = Q(pk__gt=floor), list(_exactly(words))
    said = Q(title__icontains=words) | Q(target__icontains=words)
    if all(pk > floor for pk in exactly):
        return recent & (said | Q(pk__in=exactly))
    # By their ids: an OR beside the range makes SQLite read the whole table.
    lately = Job.objects.filter(recent & said).order_by().values_list("pk", flat=True)
    return Q(pk__in=[*exactly, *lately])


def reaches_all() -> bool:
    return _newest() <= WORDS_REACH


def _newest() -> int:
    return Job.objects.aggregate(newest=Max("pk"))["newest"] or 0


def _exactly(words: str) -> Iterator[int]:
    if (job_id := number(words)) is not None:
        yield job_id
    # With the types the index on type and target answers this.
    for_target = Job.objects.filter(job_type__in=list(kinds()), target=words).exclude(target="")
    yield from for_target.order_by().values_list("pk", flat=True)[:SAME_TARGET]


def failed_with(code: str) -> Q:
    """In so many words: only then the partial index is used."""
    return Q(failure_code=code) & ~Q(failure_code="")


def created_since(at: datetime) -> Q:
    return Q(pk__gte=first_id_since(at) - SLACK, created_at__gte=at)


def created_before(at: datetime) -> Q:
    return Q(pk__lt=first_id_since(at) + 2 * SLACK, created_at__lt=at)


def first_id_since(at: datetime) -> int:
    """By halving: `created_at` has no index, and ids come in its order. Some twenty lookups."""
    low, high = 0, _newest() + 1
    while high - low > SLACK:
        middle = (low + high) // 2
        row = Job.objects.filter(pk__gte=middle).order_by("pk").values_list("created_at").first()
        if row is not None and row[0] < at:
            low = middle
        else:
            high = middle
    return low


def find(wanted: Wanted, *, before: int | None = None, after: int | None = None) -> Found:
    rows = _merged(wanted, before=before, after=after)
    more = len(rows) > PAGE
    rows = rows[:PAGE]
    if after is not None:
        rows.reverse()
        return _page(rows, older=bool(rows), newer=more)
    return _page(rows, older=more, newer=before is not None)


def _page(rows: list[Job], *, older: bool, newer: bool) -> Found:
    return Found(
        rows,
        older=rows[-1].pk if rows and older else None,
        newer=rows[0].pk if rows and newer else None,
    )


def _merged(wanted: Wanted, *, before: int | None, after: int | None) -> list[Job]:
    """One row more than a page has, in the order in which they are walked."""
    upwards = after is not None
    said = by_words(wanted.words) if wanted.words else Q()
    branches = [
        list(_walk(branch.filter(said), before=before, after=after)[: PAGE + 1])
        for branch in _branches(wanted)
    ]
    merged = heapq.merge(*branches, key=lambda job: job.pk, reverse=not upwards)
    return list(islice(merged, PAGE + 1))


def _walk(rows: JobQuerySet, *, before: int | None, after: int | None) -> JobQuerySet:
    if after is not None:
        return rows.filter(pk__gt=after).order_by("pk")
    return (rows if before is None else rows.filter(pk__lt=before)).order_by("-pk")


def _branches(wanted: Wanted) -> Iterator[JobQuerySet]:
    rows = _rest(wanted)
    if wanted.parent_id is not None or wanted.failure_code:
        yield _narrowed(rows, wanted.statuses, wanted.job_types)
    elif wanted.statuses and (Status.COMPLETED not in wanted.statuses or not wanted.job_types):
        # Few jobs are in a state that is not completed, many are of one kind.
        for status in wanted.statuses:
            yield _narrowed(rows.filter(status=status), (), wanted.job_types)
    else:
        for job_type in wanted.job_types:
            yield _narrowed(rows.filter(job_type=job_type), wanted.statuses, ())
        if not wanted.job_types:
            yield rows


def _narrowed(rows: JobQuerySet, statuses: Sequence[str], job_types: Sequence[str]) -> JobQuerySet:
    """Filters that no index may be chosen for: the branch has the one that is walked."""
    if statuses:
        rows = rows.alias(_status=_opaque("status")).filter(_status__in=statuses)
    if job_types:
        rows = rows.alias(_type=_opaque("job_type")).filter(_type__in=job_types)
    return rows


def _opaque(column: str) -> Coalesce:
    return Coalesce(F(column), Value(""), output_field=CharField())


def _rest(wanted: Wanted) -> JobQuerySet:
    rows = Job.objects.light().defer("error_message")
    if wanted.parent_id is not None:
        rows = rows.filter(waiters__waiter_id=wanted.parent_id, waiters__role=Link.Role.CHILD)
    if wanted.failure_code:
        rows = rows.filter(failed_with(wanted.failure_code))
    return rows

"""One job per wanted video: made in bulk, linked to the job that asked, in its transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, Final

from channels_app.models import Track
from channels_app.models.tracks import JOB_TYPE, download_jobs
from channels_app.states import SourceState, State
from jobs.execution.attempt import Work
from jobs.failures import failure
from jobs.kinds import kind
from jobs.models import Link
from jobs.queue import Options, build, enqueue_many
from jobs.results import Failed, Interrupted
from jobs.states import FAILED_ALIKE

# A child may end between our insert and our look at it; then the insert is tried again.
TRIES: Final = 3
_LOST: Final = frozenset({SourceState.PRIVATE, SourceState.REMOVED})


@dataclass(frozen=True, slots=True)
class VideoInput:
    """A child's parameters, clean by construction: a form per video would cost half a second."""

    track: Track
    shared: Mapping[str, Any]

    @property
    def parameters(self) -> dict[str, Any]:
        return {"video_id": self.target, **self.shared}

    @property
    def target(self) -> str:
        return self.track.youtube_id

    @property
    def title(self) -> str:
        return self.track.title or self.target


@dataclass
class Started:
    """What became of the listed videos."""

    here: int = 0
    done: int = 0
    """Of those here, by an earlier attempt of this very job."""
    queued: int = 0
    left: int = 0
    """Beyond `max_downloads`."""
    skipped: Counter[str] = field(default_factory=Counter)
    """By the sentence that says why."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Which of the listed videos get a job."""

    parameters: Mapping[str, Any] = field(default_factory=dict)
    most: int | None = None
    skip_known: bool = True


def start_downloads(
    work: Work, tracks: Sequence[Track], rule: Rule, *, started: Started
) -> list[int]:
    """Makes or finds the jobs of these tracks and links them; inside `work.fenced()`.

    Adds to `started`. A video that somebody else's job already works on gets no second one.
    """
    linked = _linked(work, tracks)
    wanted = [track for track in tracks if _is_wanted(track, rule, linked, started)]
    wanted = _decided(wanted, rule, linked, started)
    if rule.most is not None:
        room = max(0, rule.most - started.queued - started.done)
        started.left += max(0, len(wanted) - room)
        wanted = wanted[:room]
    ids = _jobs_for(work, wanted, rule)
    _let_go_of_older(work, linked & {track.youtube_id for track in wanted}, ids)
    Link.objects.bulk_create(
        [Link(waiter_id=work.job_id, needed_id=pk) for pk in ids], ignore_conflicts=True
    )
    started.queued += len(ids)
    return ids


def _linked(work: Work, tracks: Iterable[Track]) -> set[str]:
    """Videos whose jobs this very job waits for already: it was begun before."""
    mine = download_jobs().filter(
        target__in=[track.youtube_id for track in tracks], waiters__waiter_id=work.job_id
    )
    return set(mine.values_list("target", flat=True))


def _is_wanted(track: Track, rule: Rule, linked: set[str], started: Started) -> bool:
    if track.state == State.AVAILABLE and (rule.skip_known or track.youtube_id in linked):
        started.here += 1
        started.done += track.youtube_id in linked
        return False
    if track.state in (State.SKIPPED, State.REMOVED):
        started.skipped[track.reason or State(track.state).label] += 1
        return False
    return True


def _decided(tracks: list[Track], rule: Rule, linked: set[str], started: Started) -> list[Track]:
    """Without those that a failure, a person or the listing itself has decided about."""
    last = _last_jobs([track.youtube_id for track in tracks])
    wanted = []
    for track in tracks:
        job = last.get(track.youtube_id)
        why = _why_not(track, job) if rule.skip_known else ""
        if track.youtube_id in linked and job and job["status"] in FAILED_ALIKE:
            # Ours already: listing again is no reason to try it again. It counts as failed.
            started.queued += 1
        elif why:
            started.skipped[why] += 1
        else:
            wanted.append(track)
    return wanted


def _last_jobs(video_ids: list[str]) -> dict[str, Mapping[str, Any]]:
    jobs = download_jobs().filter(target__in=video_ids)
    told = jobs.values("pk", "target", "status", "failure_code", "ignored")
    # Sorted here: in the database the order would win over the index on targets.
    return {job["target"]: job for job in sorted(told, key=itemgetter("pk"))}


def _why_not(track: Track, last: Mapping[str, Any] | None) -> str:
    if last and last["ignored"]:
        return "Ignored by an operator."
    if last and last["failure_code"] and not failure(last["failure_code"]).retryable:
        return failure(last["failure_code"]).sentence
    if track.source_state in _LOST:
        return f"{SourceState(track.source_state).label} at YouTube."
    return ""


def _let_go_of_older(work: Work, video_ids: set[str], ids: list[int]) -> None:
    """A cancelled job of ours that a new one takes the place of is not waited for any more."""
    if video_ids:
        older = Link.objects.filter(waiter_id=work.job_id, needed__target__in=video_ids)
        older.exclude(needed_id__in=ids).delete()


def _jobs_for(work: Work, tracks: Sequence[Track], rule: Rule) -> list[int]:
    """One active job per track, in order: the constraint decides who makes it.

    One that is just being cancelled is no answer, and keeps a new one out until it has ended: then
    the list is read again a little later. Raises Interrupted.
    """
    found: dict[str, int] = {}
    for _ in range(TRIES):
        missing = [track for track in tracks if track.youtube_id not in found]
        if not missing:
            break
        _insert(work, missing, rule)
        active = download_jobs().active().filter(cancel_requested_at=None)
        mine = active.filter(target__in=[track.youtube_id for track in missing])
        found |= dict(mine.values_list("target", "pk"))
    late = [track.youtube_id for track in tracks if track.youtube_id not in found]
    if late:
        raise Interrupted(Failed("video_busy", f"Just being cancelled: {', '.join(late[:3])}."))
    return [found[track.youtube_id] for track in tracks]


def _insert(work: Work, tracks: Iterable[Track], rule: Rule) -> None:
    job = work.job
    options = Options(parent_id=job.pk, priority=job.priority, requested_by=job.requested_by)
    found = kind(JOB_TYPE)
    jobs = [build(found, VideoInput(track, rule.parameters), options=options) for track in tracks]
    enqueue_many(jobs)

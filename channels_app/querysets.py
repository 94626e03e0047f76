"""Adjectives for channels, tracks and files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Self

from django.apps import apps
from django.db import models
from django.db.models import Count, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from channels_app.states import DOWNLOADING, MEDIA_FILES, NOT_HERE, QUEUED, State
from jobs.kinds import kind
from jobs.models import Job, JobQuerySet
from jobs.states import Status

if TYPE_CHECKING:
    from channels_app.models import Channel, Track, TrackFile  # noqa: F401  (type arguments)

JOB_TYPE: Final = "single_video_download"


def download_jobs() -> JobQuerySet:
    # The empty target is excluded in so many words: only then is the partial index used.
    return Job.objects.filter(job_type=JOB_TYPE).exclude(target="")


class ChannelQuerySet(models.QuerySet["Channel"]):
    def with_counters(self) -> Self:
        """`track_count`, `available_count`, `file_bytes`: each counted apart.

        A join over tracks and their files would count a track once per file.
        """
        return self.annotate(
            track_count=_count("Track", Count("pk")),
            available_count=_count("Track", Count("pk", filter=Q(state=State.AVAILABLE))),
            file_bytes=_count("TrackFile", Sum("bytes"), through="track__"),
        )


def _count(model: str, what: models.Aggregate, *, through: str = "") -> Coalesce:
    rows = apps.get_model("channels_app", model)._default_manager
    by_channel = rows.order_by().filter(**{f"{through}channel": OuterRef("pk")})
    counted = by_channel.values(f"{through}channel").annotate(n=what).values("n")
    return Coalesce(Subquery(counted), Value(0), output_field=models.BigIntegerField())


class TrackQuerySet(models.QuerySet["Track"]):
    def available(self) -> Self:
        return self.filter(state=State.AVAILABLE)

    def in_state(self, state: str) -> Self:
        """By the state people see, `queued` and `downloading` among them."""
        # By lane and not by type: active jobs are few among many, and SQLite would rather read
        # all of a type than use the index on states.
        active = Job.objects.active().filter(lane=kind(JOB_TYPE).lane).values("target")
        running = active.filter(status=Status.RUNNING)
        if state == DOWNLOADING:
            return self.filter(state__in=NOT_HERE, youtube_id__in=running)
        if state == QUEUED:
            queued = active.exclude(status=Status.RUNNING)
            return self.filter(state__in=NOT_HERE, youtube_id__in=queued)
        here = self.filter(state=state)
        return here.exclude(youtube_id__in=active) if state in NOT_HERE else here

    def with_job(self) -> Self:
        """`job_status` of the active job, and `failure_code` of the last one."""
        its = download_jobs().filter(target=OuterRef("youtube_id"))
        return self.annotate(
            job_status=Subquery(its.active().values("status")[:1]),
            failure_code=Subquery(its.order_by("-pk").values("failure_code")[:1]),
        )

    def for_api(self) -> Self:
        """Everything a payload needs, in two queries for any number of tracks."""
        return self.with_job().select_related("channel").prefetch_related("files")


class TrackFileQuerySet(models.QuerySet["TrackFile"]):
    def media(self) -> Self:
        return self.filter(kind__in=MEDIA_FILES)

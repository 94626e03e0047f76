"""A track is one video, whatever number of files it has."""

from __future__ import annotations

from typing import Final, Self

from django.db import models
from django.db.models import OuterRef, Subquery

from channels_app.states import (
    DOWNLOADING,
    MEDIA_FILES,
    NOT_HERE,
    QUEUED,
    FileKind,
    MediaKind,
    SourceState,
    State,
)
from jobs.kinds import kind
from jobs.models import Job, JobQuerySet
from jobs.states import Status

JOB_TYPE: Final = "single_video_download"


def download_jobs() -> JobQuerySet:
    # The empty target is excluded in so many words: only then is the partial index used.
    return Job.objects.filter(job_type=JOB_TYPE).exclude(target="")


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


class Track(models.Model):
    """One row per video. Its published files are `folder/stem.*`."""

    youtube_id = models.CharField(max_length=11, unique=True)
    title = models.CharField(max_length=500, blank=True)
    channel = models.ForeignKey(
        "Channel", models.SET_NULL, null=True, blank=True, related_name="tracks"
    )
    tab = models.CharField(max_length=10, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WANTED)
    reason = models.CharField(max_length=300, blank=True)
    source_state = models.CharField(
        max_length=16, choices=SourceState.choices, default=SourceState.UNKNOWN, blank=True
    )
    media_kind = models.CharField(max_length=5, choices=MediaKind.choices, default=MediaKind.VIDEO)
    duration = models.FloatField(null=True, blank=True)
    protected = models.BooleanField(default=False)
    folder = models.CharField(max_length=400, blank=True)
    stem = models.CharField(max_length=255, blank=True)
    play_count = models.PositiveIntegerField(default=0)
    last_played_at = models.DateTimeField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    downloaded_at = models.DateTimeField(null=True, blank=True)
    added_at = models.DateTimeField(auto_now_add=True)

    # From `with_job()` only.
    job_status: str | None
    failure_code: str | None

    objects = TrackQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)
        indexes = (
            models.Index(fields=["state", "-id"], name="track_by_state"),
            models.Index(fields=["channel", "-published_at"], name="track_by_channel"),
            models.Index(fields=["state", "-downloaded_at", "-id"], name="track_newest_here"),
            models.Index(
                fields=["channel", "state", "-published_at", "-id"], name="track_here_by_channel"
            ),
        )

    def __str__(self) -> str:
        return self.title or self.youtube_id

    @property
    def is_available(self) -> bool:
        return self.state == State.AVAILABLE


class TrackFile(models.Model):
    """A published file, as it was verified. The path is relative to the media root."""

    track = models.ForeignKey(Track, models.CASCADE, related_name="files")
    kind = models.CharField(max_length=10, choices=FileKind.choices)
    relative_path = models.CharField(max_length=700, unique=True)
    language = models.CharField(max_length=40, blank=True)
    automatic = models.BooleanField(default=False)
    container = models.CharField(max_length=10, blank=True)
    vcodec = models.CharField(max_length=40, blank=True)
    acodec = models.CharField(max_length=40, blank=True)
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)
    duration = models.FloatField(null=True, blank=True)
    bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    added_at = models.DateTimeField(auto_now_add=True)

    objects = TrackFileQuerySet.as_manager()

    class Meta:
        ordering = ("track", "pk")

    def __str__(self) -> str:
        return self.relative_path

    @property
    def is_media(self) -> bool:
        return self.kind in MEDIA_FILES

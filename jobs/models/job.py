"""The job: one row is one piece of work, from its enqueueing to its end."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from jobs.failures import FAILURES, Failure
from jobs.kinds import log_folder_name
from jobs.progress import LONGEST_MESSAGE, Progress
from jobs.states import (
    ACTIVE,
    FAILED_ALIKE,
    RETRYABLE_BY_HAND,
    Status,
    WaitFor,
    entering,
    may_become,
)

SECONDS_PER_PRIORITY_POINT = 600


class Priority(models.IntegerChoices):
    LOW = 0, "Low"
    NORMAL = 5, "Normal"
    HIGH = 10, "High"
    URGENT = 15, "Urgent"
    CRITICAL = 20, "Critical"


def rank(created_at: datetime, priority: int) -> int:
    """The place in the queue, lower first: ten minutes of waiting equal one point of priority."""
    return int(created_at.timestamp()) - SECONDS_PER_PRIORITY_POINT * priority


class JobQuerySet(models.QuerySet["Job"]):
    def active(self) -> Self:
        return self.filter(status__in=sorted(ACTIVE))

    def running(self) -> Self:
        return self.filter(status=Status.RUNNING)

    def failed(self) -> Self:
        """What people mean by failed: failed, timed out and dead letters alike."""
        return self.filter(status__in=sorted(FAILED_ALIKE))

    def held_by(self, *, pk: int, lease: int) -> Self:
        """The job while that lease holds; no row once it is lost."""
        return self.filter(pk=pk, status=Status.RUNNING, lease=lease)

    def retry_due(self, at: datetime) -> Self:
        return self.filter(status=Status.RETRYING, next_retry_at__lte=at)

    def light(self) -> Self:
        """Without the documents and traces, most of what a row is, which no list shows."""
        return self.defer("parameters", "result", "last_error_traceback")

    def move(self, status: Status, at: datetime, **columns: Any) -> int:
        """Moves those that may get there from where they are, and answers how many."""
        return self.filter(status__in=may_become(status)).update(**entering(status, at) | columns)

    def time_come(self, at: datetime) -> Self:
        return self.filter(status=Status.WAITING, wait_for=WaitFor.TIME, run_at__lte=at)


class Job(models.Model):
    job_type = models.CharField(max_length=40)
    lane = models.CharField(max_length=40)
    parameters = models.JSONField(default=dict, blank=True)
    parameters_version = models.PositiveSmallIntegerField(default=1)
    title = models.CharField(max_length=300, blank=True)
    target = models.CharField(max_length=200, blank=True)
    unique_key = models.CharField(max_length=250, blank=True)
    parent = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="children"
    )
    requested_by = models.CharField(max_length=150, blank=True)

    status = models.CharField(max_length=12, choices=Status.choices, default=Status.PENDING)
    wait_for = models.CharField(
        max_length=8, choices=WaitFor.choices, default=WaitFor.NOTHING, blank=True
    )
    priority = models.SmallIntegerField(choices=Priority.choices, default=Priority.NORMAL)
    rank = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    run_at = models.DateTimeField(null=True, blank=True)
    next_retry_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)

    retry_count = models.PositiveSmallIntegerField(default=0)
    max_retries = models.PositiveSmallIntegerField(default=3)
    timeout_seconds = models.PositiveIntegerField(default=3600)
    rounds = models.PositiveSmallIntegerField(default=1)
    crashes = models.PositiveSmallIntegerField(default=0)

    # The attempt under way. `lease` is the fencing token: it grows with every claim, and whoever
    # holds an older one writes nothing.
    lease = models.BigIntegerField(default=0)
    attempt_number = models.PositiveIntegerField(default=0)
    attempt_started_at = models.DateTimeField(null=True, blank=True)
    worker_id = models.CharField(max_length=100, blank=True)
    host = models.CharField(max_length=100, blank=True)
    pid = models.IntegerField(null=True, blank=True)
    pid_started_at = models.FloatField(null=True, blank=True)
    child_pid = models.IntegerField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    progress_at = models.DateTimeField(null=True, blank=True)
    cancel_requested_at = models.DateTimeField(null=True, blank=True)

    progress_current = models.PositiveBigIntegerField(default=0)
    progress_total = models.PositiveBigIntegerField(null=True, blank=True)
    progress_message = models.CharField(max_length=LONGEST_MESSAGE, blank=True)
    progress_speed = models.PositiveBigIntegerField(null=True, blank=True)
    progress_left_s = models.PositiveBigIntegerField(null=True, blank=True)
    result = models.JSONField(default=dict, blank=True)

    failure_code = models.CharField(max_length=40, blank=True)
    failure_type = models.CharField(max_length=16, blank=True)
    error_message = models.TextField(blank=True)
    last_error_traceback = models.TextField(blank=True)
    dead_letter_reason = models.CharField(max_length=300, blank=True)
    moved_to_dead_letter_at = models.DateTimeField(null=True, blank=True)
    ignored = models.BooleanField(default=False)
    # How often it met the cause of a hold, successes of others in between.
    times_held = models.PositiveSmallIntegerField(default=0)
    held_at = models.DateTimeField(null=True, blank=True)
    on_needed_failure = models.CharField(
        max_length=12,
        choices=[(Status.DEAD_LETTER.value, "Dead letter"), (Status.CANCELLED.value, "Cancel")],
        default=Status.DEAD_LETTER.value,
    )

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=["unique_key"],
                condition=Q(status__in=sorted(ACTIVE)) & ~Q(unique_key=""),
                name="one_active_job_per_target",
            ),
        )
        indexes = (
            models.Index(
                fields=["lane", "rank", "id"],
                condition=Q(status=Status.PENDING),
                name="job_claim_order",
            ),
            models.Index(fields=["lane"], condition=Q(status=Status.RUNNING), name="job_running"),
            models.Index(
                fields=["next_retry_at"], condition=Q(status=Status.RETRYING), name="job_retry_due"
            ),
            models.Index(
                fields=["run_at"], condition=Q(status=Status.WAITING), name="job_wait_due"
            ),
            models.Index(fields=["status", "-id"], name="job_by_status"),
            models.Index(fields=["job_type", "-id"], name="job_by_type"),
            models.Index(
                fields=["failure_code", "-id"], condition=~Q(failure_code=""), name="job_by_failure"
            ),
            models.Index(
                fields=["job_type", "target", "-id"],
                condition=~Q(target=""),
                name="job_by_target",
            ),
        )

    def __str__(self) -> str:
        return f"{self.job_type} {self.pk}"

    @property
    def is_active(self) -> bool:
        return self.status in ACTIVE

    @property
    def has_failed(self) -> bool:
        return self.status in FAILED_ALIKE

    @property
    def may_be_retried(self) -> bool:
        return self.status in RETRYABLE_BY_HAND

    @property
    def failure(self) -> Failure | None:
        return FAILURES.get(self.failure_code)

    @property
    def retryable(self) -> bool | None:
        """Whether a bulk retry would take it; None while nothing failed."""
        failure = self.failure
        return failure.retryable and not self.ignored if failure else None

    @property
    def progress(self) -> Progress:
        return Progress(
            current=self.progress_current,
            total=self.progress_total,
            message=self.progress_message,
            speed=self.progress_speed,
            left_s=self.progress_left_s,
        )

    @property
    def percent(self) -> float | None:
        if not self.progress_total:
            return None
        if self.status == Status.COMPLETED:
            # Sizes are told beforehand, and not always to the byte.
            return 100.0
        return round(min(100.0, 100.0 * self.progress_current / self.progress_total), 1)

    @property
    def log_folder(self) -> Path:
        """From id and kind alone: no stored text ever becomes a path."""
        return Path(settings.LOG_DIR) / "jobs" / log_folder_name(self.pk, self.job_type)

"""The history of the library: what was added, replaced, deleted, missed, found, and why."""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class Event(models.TextChoices):
    ADDED = "added", "Added"
    REPLACED = "replaced", "Replaced"
    DELETED = "deleted", "Deleted"
    MISSING = "missing", "Missing"
    FOUND = "found", "Found"
    SKIPPED = "skipped", "Skipped"


class LibraryEvent(models.Model):
    """Outlives its track: id and title are kept in words."""

    event = models.CharField(max_length=10, choices=Event.choices)
    at = models.DateTimeField(default=timezone.now)
    track = models.ForeignKey(
        "Track", models.SET_NULL, null=True, blank=True, related_name="events"
    )
    youtube_id = models.CharField(max_length=11, blank=True)
    title = models.CharField(max_length=500, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    files = models.PositiveIntegerField(default=0)
    bytes = models.PositiveBigIntegerField(default=0)
    # Not a foreign key: jobs are cleaned up long before the history is.
    job_id = models.BigIntegerField(null=True, blank=True)

    class Meta:
        ordering = ("-at", "-pk")
        indexes = (
            models.Index(fields=["-at", "-id"], name="event_newest"),
            models.Index(fields=["youtube_id", "-id"], name="event_of_video"),
        )

    def __str__(self) -> str:
        return f"{self.event} {self.youtube_id}"

"""Supervisors, one a host."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models


class Node(models.Model):
    """A supervisor and its workers on one host."""

    name = models.CharField(max_length=100, primary_key=True)
    host = models.CharField(max_length=100)
    machine = models.CharField(
        max_length=60,
        blank=True,
        default="",
        db_default="",
        help_text="What two hosts of one name differ in.",
    )
    pid = models.IntegerField()
    version = models.CharField(max_length=40)
    workers = models.PositiveIntegerField()
    started_at = models.DateTimeField()
    heartbeat_at = models.DateTimeField()
    draining = models.BooleanField(default=False)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    def is_silent(self, at: datetime) -> bool:
        """For a lease: its supervisor was killed, or cannot reach the database."""
        return at - self.heartbeat_at > timedelta(seconds=settings.LEASE_S)

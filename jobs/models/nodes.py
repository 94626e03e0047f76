"""Supervisors, one a host."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists
from django.db.models.functions import Now

# A beat may be late; who has been silent for so many is gone.
AWAITED_BEATS = 2.5


class DiskLook(NamedTuple):
    """What a look at the library's disk found, as a node's row keeps it."""

    disk_free: int | None
    disk_said: str = ""
    disk_detail: str = ""


class NodeQuerySet(models.QuerySet["Node"]):
    def beating(self, at: datetime | Now, *, leases: int = 1) -> Self:
        """Those heard of within so many leases before `at`."""
        return self.filter(heartbeat_at__gt=at - timedelta(seconds=leases * settings.LEASE_S))

    def heard_on(self, host: str) -> Self:
        """The supervisors that live on that host."""
        silent_at = Now() - timedelta(seconds=AWAITED_BEATS * settings.HEARTBEAT_S)
        return self.filter(host=host, heartbeat_at__gt=silent_at)

    def with_look_in_time(self) -> Self:
        overdue_at = Now() - timedelta(seconds=settings.LOOK_OVERDUE_S)
        return self.filter(disk_looked_at__gt=overdue_at)

    def note_look(self, look: DiskLook) -> int:
        return self.update(disk_looked_at=Now(), **look._asdict())


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
    disk_looked_at = models.DateTimeField(
        null=True, blank=True, help_text="When the library's disk last answered."
    )
    disk_free = models.BigIntegerField(null=True, blank=True)
    disk_said = models.CharField(
        max_length=300, blank=True, default="", db_default="", help_text="For everybody: no paths."
    )
    disk_detail = models.TextField(
        blank=True, default="", db_default="", help_text="For operators."
    )

    objects = NodeQuerySet.as_manager()

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    def is_silent(self, at: datetime) -> bool:
        """For a lease: its supervisor was killed, or cannot reach the database."""
        return at - self.heartbeat_at > timedelta(seconds=settings.LEASE_S)

    def look_is_overdue(self, at: datetime) -> bool:
        """The disk hangs, or nobody looks."""
        longest = timedelta(seconds=settings.LOOK_OVERDUE_S)
        return self.disk_looked_at is None or at - self.disk_looked_at > longest


def disk_hangs(host: str) -> models.Q:
    """For a query of any table: the disk of a host whose supervisor lives does not answer.

    Where no supervisor lives nobody looks, and nothing is known.
    """
    heard = Node.objects.heard_on(host)
    return models.Q(Exists(heard)) & ~models.Q(Exists(heard.with_look_in_time()))

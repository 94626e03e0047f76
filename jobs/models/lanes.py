"""Lanes: limits, pauses and holds."""

from __future__ import annotations

from django.db import models
from django.db.models import Case, F, When
from django.db.models.functions import Coalesce

from jobs.models.job import Job


class Lane(models.Model):
    """A limit on how many jobs run at once, over all nodes."""

    name = models.CharField(max_length=40, primary_key=True)
    limit = models.PositiveIntegerField(null=True, blank=True, help_text="Empty: no limit.")
    ramp = models.PositiveIntegerField(
        null=True, blank=True, help_text="A lower limit for a while, after a hold."
    )
    cap = models.GeneratedField(
        expression=Case(
            When(ramp__lt=Coalesce(F("limit"), F("ramp") + 1), then=F("ramp")), default=F("limit")
        ),
        output_field=models.PositiveIntegerField(null=True),
        db_persist=True,
    )
    """How many jobs may run in it now: the limit, or the lower ramp after a hold; None: any."""
    paused_at = models.DateTimeField(null=True, blank=True)
    paused_by = models.CharField(max_length=150, blank=True)
    pause_reason = models.CharField(max_length=300, blank=True)

    # A hold stands alike on every lane that its cause stops. Its times are database time.
    hold_cause = models.CharField(max_length=16, blank=True)
    hold_reason = models.CharField(max_length=300, blank=True)
    # With a default in the database as well: workers of the version before still add lanes.
    hold_host = models.CharField(
        max_length=100,
        blank=True,
        default="",
        db_default="",
        help_text="The host that saw it; the one to see it gone.",
    )
    hold_since = models.DateTimeField(null=True, blank=True)
    hold_step = models.PositiveSmallIntegerField(default=0)
    next_probe_at = models.DateTimeField(null=True, blank=True)
    probe = models.ForeignKey(
        Job, models.SET_NULL, null=True, blank=True, related_name="+", db_constraint=False
    )
    # Not probed again while there is another: it opened the hold or failed the last probe.
    failed_probe = models.ForeignKey(
        Job, models.SET_NULL, null=True, blank=True, related_name="+", db_constraint=False
    )
    hold_ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    @property
    def is_paused(self) -> bool:
        return self.paused_at is not None

    @property
    def is_held(self) -> bool:
        return bool(self.hold_cause)

    def is_full(self, running: int) -> bool:
        return self.cap is not None and running >= self.cap

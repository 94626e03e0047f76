"""Which disk the library is on."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

ONLY = 1


class MediaVolume(models.Model):
    """What the marker of the library's volume says: one row, made along with the marker.

    Who finds no marker, or another one, is on another disk than the library.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY, editable=False)
    marker = models.CharField(max_length=64)
    marked_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (models.CheckConstraint(condition=Q(id=ONLY), name="one_media_volume"),)

    def __str__(self) -> str:
        return self.marker

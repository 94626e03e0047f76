"""Where tracks come from: groups of channels, channels, playlists and their entries."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from django.apps import apps
from django.db import models
from django.db.models import Count, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce, Lower

from channels_app.states import State
from metadata.youtube.listing.request import DEFAULT_TABS


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


class ChannelGroup(models.Model):
    """A shelf of the library, with a folder of its own under the media root."""

    name = models.CharField(max_length=60)
    slug = models.SlugField(max_length=60, unique=True, allow_unicode=True)
    folder = models.CharField(max_length=120, unique=True)
    profile = models.ForeignKey(
        "DownloadProfile", models.SET_NULL, null=True, blank=True, related_name="groups"
    )
    position = models.PositiveIntegerField(default=0)
    is_default = models.BooleanField(default=False)

    class Meta:
        ordering = ("position", "name")
        constraints = (
            models.UniqueConstraint(Lower("name"), name="one_group_per_name"),
            models.UniqueConstraint(
                fields=["is_default"], condition=Q(is_default=True), name="one_default_group"
            ),
        )

    def __str__(self) -> str:
        return self.name


class Channel(models.Model):
    """A YouTube channel. Its folder is fixed when it is added, whatever its title becomes."""

    channel_id = models.CharField(max_length=24, unique=True)
    handle = models.CharField(max_length=100, blank=True, db_index=True)
    # "c/name" or "user/name". With a default in the database as well: workers of the version
    # before still add channels while this one is installed.
    custom_name = models.CharField(
        max_length=110, blank=True, default="", db_default="", db_index=True, editable=False
    )
    title = models.CharField(max_length=200, blank=True)
    description = models.TextField(blank=True)
    group = models.ForeignKey(ChannelGroup, models.PROTECT, related_name="channels")
    folder = models.CharField(max_length=200, unique=True)
    profile = models.ForeignKey(
        "DownloadProfile", models.SET_NULL, null=True, blank=True, related_name="channels"
    )
    added_at = models.DateTimeField(auto_now_add=True)
    # When all of its usual tabs were last listed by one job.
    last_synced_at = models.DateTimeField(null=True, blank=True)
    # When each tab was last read to its end, or to what was known of it: ISO times by tab.
    tabs_listed = models.JSONField(
        default=dict,
        db_default=models.Value({}, models.JSONField()),
        blank=True,
        editable=False,
    )

    # From `with_counters()` only.
    track_count: int
    available_count: int
    file_bytes: int

    objects = ChannelQuerySet.as_manager()

    class Meta:
        ordering = ("title", "pk")

    def __str__(self) -> str:
        return self.title or self.handle or self.channel_id

    def tab_listed_at(self, tab: str) -> datetime | None:
        """None: nobody knows what stands at the end of it."""
        if told := self.tabs_listed.get(tab):
            return datetime.fromisoformat(told)
        # Before tabs were noted one by one, only whole channels were.
        return self.last_synced_at if tab in DEFAULT_TABS else None


class Playlist(models.Model):
    """A YouTube playlist, its entries in order."""

    playlist_id = models.CharField(max_length=50, unique=True)
    title = models.CharField(max_length=200, blank=True)
    description = models.TextField(blank=True)
    channel = models.ForeignKey(
        Channel, models.SET_NULL, null=True, blank=True, related_name="playlists"
    )
    group = models.ForeignKey(
        ChannelGroup, models.SET_NULL, null=True, blank=True, related_name="playlists"
    )
    added_at = models.DateTimeField(auto_now_add=True)
    last_synced_at = models.DateTimeField(null=True, blank=True)
    tracks: models.ManyToManyField[Any, Any] = models.ManyToManyField(
        "Track", through="PlaylistEntry", related_name="playlists", blank=True
    )

    class Meta:
        ordering = ("title", "pk")

    def __str__(self) -> str:
        return self.title or self.playlist_id


class PlaylistEntry(models.Model):
    """A membership: that a playlist holds a track, and where. The file stays one."""

    playlist = models.ForeignKey(Playlist, models.CASCADE, related_name="entries")
    track = models.ForeignKey("Track", models.CASCADE, related_name="memberships")
    position = models.PositiveIntegerField()

    class Meta:
        ordering = ("playlist", "position")
        verbose_name_plural = "playlist entries"
        constraints = (
            models.UniqueConstraint(fields=["playlist", "track"], name="one_entry_per_track"),
        )
        indexes = (models.Index(fields=["playlist", "position"], name="entry_in_order"),)

    def __str__(self) -> str:
        return f"{self.playlist_id} #{self.position}"

"""What is known of YouTube's videos: one row each, where it is listed, and what changed when."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

VIDEO_URL: Final = "https://www.youtube.com/watch?v="


class MetadataQuerySet(models.QuerySet["YouTubeVideoMetadata"]):
    def of(self, *youtube_ids: str) -> Self:
        return self.filter(youtube_id__in=youtube_ids)

    def of_channel(self, channel: str) -> Self:
        """By "UC…" or "@handle", the newest row first: page on by `id`."""
        column = "uploader_id" if channel.startswith("@") else "channel_id"
        return self.filter(**{column: channel}).order_by("-id")

    def in_playlist(self, playlist_id: str) -> Self:
        """In the playlist's order."""
        return self.filter(memberships__playlist_id=playlist_id).order_by(
            "memberships__index", "memberships__id"
        )

    def matching(self, text: str) -> Self:
        """Every word in the title, the description or the channel's name."""
        found = self
        for word in text.replace("\0", " ").split():
            said = (
                Q(title__icontains=word)
                | Q(description__icontains=word)
                | Q(channel__icontains=word)
                | Q(youtube_id=word)
            )
            found = found.filter(said)
        return found.order_by("-id")

    def full_since(self, at: datetime) -> Self:
        return self.filter(full_at__gte=at)

    def ids(self) -> models.QuerySet[YouTubeVideoMetadata, str]:
        return self.values_list("youtube_id", flat=True)


class MembershipQuerySet(models.QuerySet["PlaylistMembership"]):
    def of_playlist(self, playlist_id: str) -> Self:
        return self.filter(playlist_id=playlist_id)

    def not_seen_since(self, at: datetime) -> Self:
        return self.filter(last_seen_at__lt=at)


class YouTubeVideoMetadata(models.Model):
    """Columns are named as in yt-dlp's info dictionary (`id` is `youtube_id`).

    None and "" mean: not known. What has no column is in `extra`.
    """

    youtube_id = models.CharField(max_length=20, unique=True)
    display_id = models.CharField(max_length=100, blank=True)
    webpage_url = models.URLField(max_length=500, blank=True)
    original_url = models.URLField(max_length=500, blank=True)

    title = models.CharField(max_length=300, blank=True)
    fulltitle = models.CharField(max_length=300, blank=True)
    alt_title = models.CharField(max_length=300, blank=True)
    description = models.TextField(blank=True)

    duration = models.FloatField(null=True, blank=True, help_text="seconds")
    duration_string = models.CharField(max_length=20, blank=True)
    timestamp = models.BigIntegerField(null=True, blank=True, help_text="seconds of the epoch")
    upload_date = models.DateField(null=True, blank=True)
    release_timestamp = models.BigIntegerField(null=True, blank=True)
    release_date = models.DateField(null=True, blank=True)
    release_year = models.IntegerField(null=True, blank=True)
    modified_date = models.DateField(null=True, blank=True)

    channel = models.CharField(max_length=300, blank=True)
    channel_id = models.CharField(max_length=50, blank=True)
    channel_url = models.URLField(max_length=500, blank=True)
    channel_follower_count = models.BigIntegerField(null=True, blank=True)
    channel_is_verified = models.BooleanField(null=True, blank=True)
    uploader = models.CharField(max_length=300, blank=True)
    uploader_id = models.CharField(max_length=200, blank=True, help_text="the @handle")
    uploader_url = models.URLField(max_length=500, blank=True)
    creators = models.JSONField(default=list, blank=True)

    # The first playlist it was met in; all of them are in `memberships`.
    playlist_id = models.CharField(max_length=100, blank=True)
    playlist_title = models.CharField(max_length=300, blank=True)
    playlist_index = models.IntegerField(null=True, blank=True)
    playlist_count = models.IntegerField(null=True, blank=True)
    playlist_uploader = models.CharField(max_length=300, blank=True)
    playlist_uploader_id = models.CharField(max_length=200, blank=True)

    view_count = models.BigIntegerField(null=True, blank=True)
    concurrent_view_count = models.BigIntegerField(null=True, blank=True)
    like_count = models.BigIntegerField(null=True, blank=True)
    comment_count = models.BigIntegerField(null=True, blank=True)
    average_rating = models.FloatField(null=True, blank=True)
    age_limit = models.IntegerField(null=True, blank=True)

    live_status = models.CharField(max_length=30, blank=True)
    is_live = models.BooleanField(null=True, blank=True)
    was_live = models.BooleanField(null=True, blank=True)
    availability = models.CharField(max_length=30, blank=True)
    playable_in_embed = models.BooleanField(null=True, blank=True)
    media_type = models.CharField(max_length=30, blank=True)

    categories = models.JSONField(default=list, blank=True)
    tags = models.JSONField(default=list, blank=True)
    language = models.CharField(max_length=35, blank=True)
    location = models.CharField(max_length=300, blank=True)
    license = models.CharField(max_length=300, blank=True)
    chapters = models.JSONField(default=list, blank=True)
    heatmap = models.JSONField(default=list, blank=True)

    thumbnail = models.URLField(max_length=1000, blank=True)
    thumbnails = models.JSONField(default=list, blank=True)
    subtitles = models.JSONField(default=list, blank=True, help_text="languages")
    automatic_captions = models.JSONField(default=list, blank=True, help_text="languages")

    extractor = models.CharField(max_length=50, blank=True)
    extractor_key = models.CharField(max_length=50, blank=True)

    # The best format when it was last looked at in full: a summary, never the addresses.
    format = models.CharField(max_length=300, blank=True)
    format_id = models.CharField(max_length=100, blank=True)
    ext = models.CharField(max_length=20, blank=True)
    resolution = models.CharField(max_length=30, blank=True)
    width = models.IntegerField(null=True, blank=True)
    height = models.IntegerField(null=True, blank=True)
    fps = models.FloatField(null=True, blank=True)
    dynamic_range = models.CharField(max_length=20, blank=True)
    vcodec = models.CharField(max_length=60, blank=True)
    acodec = models.CharField(max_length=60, blank=True)
    vbr = models.FloatField(null=True, blank=True, help_text="kbit/s")
    abr = models.FloatField(null=True, blank=True, help_text="kbit/s")
    tbr = models.FloatField(null=True, blank=True, help_text="kbit/s")
    asr = models.IntegerField(null=True, blank=True, help_text="Hz")
    audio_channels = models.IntegerField(null=True, blank=True)
    filesize_approx = models.BigIntegerField(null=True, blank=True, help_text="bytes")

    epoch = models.BigIntegerField(null=True, blank=True)
    extra = models.JSONField(default=dict, blank=True)

    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now, help_text="when a column last changed")
    last_seen_at = models.DateTimeField(default=timezone.now)
    full_at = models.DateTimeField(null=True, blank=True, help_text="when last looked at in full")
    counts_recorded_at = models.DateTimeField(null=True, blank=True)

    objects = MetadataQuerySet.as_manager()

    class Meta:
        verbose_name = "video metadata"
        verbose_name_plural = "video metadata"
        ordering = ("-id",)
        indexes = (
            models.Index(fields=["channel_id", "-id"], name="metadata_by_channel"),
            models.Index(fields=["uploader_id", "-id"], name="metadata_by_handle"),
            models.Index(fields=["upload_date", "-id"], name="metadata_by_upload"),
        )

    def __str__(self) -> str:
        return self.title or self.youtube_id

    @property
    def url(self) -> str:
        return f"{VIDEO_URL}{self.youtube_id}"

    @property
    def is_full(self) -> bool:
        """Whether it was ever looked at in full, and not only in a listing."""
        return self.full_at is not None


class PlaylistMembership(models.Model):
    """A video's place in one playlist; a video is in as many as it likes."""

    video = models.ForeignKey(YouTubeVideoMetadata, models.CASCADE, related_name="memberships")
    playlist_id = models.CharField(max_length=100)
    playlist_title = models.CharField(max_length=300, blank=True)
    index = models.IntegerField(null=True, blank=True)
    first_seen_at = models.DateTimeField(default=timezone.now)
    last_seen_at = models.DateTimeField(default=timezone.now)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        ordering = ("playlist_id", "index", "id")
        constraints = (
            models.UniqueConstraint(
                fields=["playlist_id", "video"], name="one_membership_per_playlist"
            ),
        )
        indexes = (models.Index(fields=["playlist_id", "index", "id"], name="membership_by_place"),)

    def __str__(self) -> str:
        return f"{self.playlist_id} {self.index}"


class MetadataChange(models.Model):
    """One column of one video, before and after."""

    video = models.ForeignKey(YouTubeVideoMetadata, models.CASCADE, related_name="changes")
    field = models.CharField(max_length=40)
    old: models.JSONField[Any, Any] = models.JSONField(null=True, blank=True)
    new: models.JSONField[Any, Any] = models.JSONField(null=True, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("-id",)
        indexes = (
            models.Index(fields=["video", "-id"], name="change_by_video"),
            models.Index(fields=["-at"], name="change_by_time"),
        )

    def __str__(self) -> str:
        return f"{self.field} of {self.video_id}"

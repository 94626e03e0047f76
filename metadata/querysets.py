"""What is true of many rows of metadata, as adjectives that chain."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from metadata.models import PlaylistMembership, YouTubeVideoMetadata
else:
    YouTubeVideoMetadata = PlaylistMembership = Any


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

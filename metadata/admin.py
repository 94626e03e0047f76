"""Plain pages to look at metadata: it is YouTube's knowledge, so nothing is edited here."""

from __future__ import annotations

from django.contrib import admin

from metadata.models import MetadataChange, PlaylistMembership, YouTubeVideoMetadata
from videomind.admin_site import ReadOnlyAdmin


@admin.register(YouTubeVideoMetadata)
class MetadataAdmin(ReadOnlyAdmin):
    list_display = ("youtube_id", "title", "channel", "upload_date", "view_count", "last_seen_at")
    search_fields = ("=youtube_id", "title", "=channel_id")


@admin.register(PlaylistMembership)
class MembershipAdmin(ReadOnlyAdmin):
    list_display = ("playlist_id", "index", "video", "last_seen_at")
    list_select_related = ("video",)
    search_fields = ("=playlist_id",)


@admin.register(MetadataChange)
class ChangeAdmin(ReadOnlyAdmin):
    list_display = ("video", "field", "at")
    list_select_related = ("video",)
    search_fields = ("=video__youtube_id",)

"""Plain pages to look at metadata: it is YouTube's knowledge, so nothing is edited here."""

from __future__ import annotations

from django.contrib import admin
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from metadata.models import MetadataChange, PlaylistMembership, YouTubeVideoMetadata
from videomind.admin_site import ReadOnlyAdmin

LISTED = (
    "youtube_id", "title", "channel", "channel_id", "upload_date", "view_count", "live_status",
    "full_at", "last_seen_at",
)  # fmt: skip


@admin.register(YouTubeVideoMetadata)
class MetadataAdmin(ReadOnlyAdmin):
    list_display = (
        "youtube_id", "title", "channel", "upload_date", "view_count", "full_at", "changes",
    )  # fmt: skip
    list_filter = ("live_status",)
    search_fields = ("=youtube_id", "title", "=channel_id", "=uploader_id")
    search_help_text = "An id, a handle, or words of the title."
    sortable_by = ("upload_date",)
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}  # noqa: RUF012

    def get_queryset(self, request: HttpRequest) -> QuerySet[YouTubeVideoMetadata]:
        """The list leaves the long columns where they are; the page reads them."""
        rows = YouTubeVideoMetadata.objects.all()
        match = request.resolver_match
        is_list = match is not None and (match.url_name or "").endswith("_changelist")
        return rows.only(*LISTED) if is_list else rows

    @admin.display(description="Changes")
    def changes(self, video: YouTubeVideoMetadata) -> SafeString:
        query = {"video__id__exact": video.pk}
        address = reverse("admin:metadata_metadatachange_changelist", query=query)
        return format_html('<a href="{}">changes</a>', address)


class _OfVideo(ReadOnlyAdmin):
    list_select_related = ("video",)
    sortable_by = ()

    @admin.display(description="Video")
    def of_video(self, row: MetadataChange | PlaylistMembership) -> SafeString:
        address = reverse("admin:metadata_youtubevideometadata_change", args=[row.video_id])
        return format_html('<a href="{}">{}</a>', address, row.video)


@admin.register(PlaylistMembership)
class MembershipAdmin(_OfVideo):
    list_display = ("playlist_id", "index", "of_video", "last_seen_at")
    search_fields = ("=playlist_id", "=video__youtube_id")


@admin.register(MetadataChange)
class ChangeAdmin(_OfVideo):
    list_display = ("at", "of_video", "field", "before", "after")
    search_fields = ("=video__youtube_id", "=field")

    @admin.display(description="Before")
    def before(self, change: MetadataChange) -> str:
        return _short(change.old)

    @admin.display(description="After")
    def after(self, change: MetadataChange) -> str:
        return _short(change.new)


def _short(value: object) -> str:
    text = "–" if value in (None, "") else str(value)
    return text if len(text) <= 80 else f"{text[:79]}…"

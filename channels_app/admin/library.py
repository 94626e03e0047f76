"""How things are downloaded, and what happened to the library."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from channels_app.admin.columns import list_link, size
from channels_app.forms import SourceForm
from channels_app.models import DownloadProfile, LibraryEvent, MediaVolume, PlaylistEntry
from jobs.admin.columns import job_link
from videomind.admin_site import Admin, ReadOnlyAdmin
from videomind.admin_site.actions import is_administrator


@admin.register(DownloadProfile)
class DownloadProfileAdmin(Admin):
    list_display = (
        "name", "slug", "max_height", "audio_only", "container", "subtitles", "is_default",
    )  # fmt: skip
    search_fields = ("name",)
    prepopulated_fields = {"slug": ("name",)}  # noqa: RUF012  (Django's own attribute)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """What a job may not be given by everybody, no profile may either."""
        return () if is_administrator(request) else tuple(SourceForm.admin_only)

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Any]:
        """A slug that jobs name stays as it is."""
        return {} if obj else dict(self.prepopulated_fields)

    def has_delete_permission(
        self, request: HttpRequest, obj: DownloadProfile | None = None
    ) -> bool:
        return super().has_delete_permission(request, obj) and not (obj and obj.is_default)


@admin.register(LibraryEvent)
class LibraryEventAdmin(ReadOnlyAdmin):
    list_display = ("at", "event", "video", "title", "reason", "files", "stored", "job")
    list_display_links = ("at",)
    list_filter = ("event",)
    search_fields = ("=youtube_id", "title")
    sortable_by = ("at",)

    @admin.display(description="Video")
    def video(self, event: LibraryEvent) -> SafeString:
        return list_link("channels_app_track", event.youtube_id, youtube_id=event.youtube_id)

    @admin.display(description="Size")
    def stored(self, event: LibraryEvent) -> str:
        return size(event.bytes)

    @admin.display(description="Job")
    def job(self, event: LibraryEvent) -> SafeString | str:
        return job_link(event.job_id)


@admin.register(MediaVolume)
class MediaVolumeAdmin(ReadOnlyAdmin):
    list_display = ("marker", "marked_at")
    sortable_by = ()


@admin.register(PlaylistEntry)
class PlaylistEntryAdmin(ReadOnlyAdmin):
    list_display = ("playlist", "position", "track")
    search_fields = ("=playlist__playlist_id", "=track__youtube_id")
    search_help_text = "The playlist's or the video's id."
    sortable_by = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[PlaylistEntry]:
        return PlaylistEntry.objects.select_related("playlist", "track")

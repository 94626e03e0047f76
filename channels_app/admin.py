"""The library in the admin: a first door, to look and to mend."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from channels_app.models import (
    Channel,
    ChannelGroup,
    DownloadProfile,
    LibraryEvent,
    Playlist,
    Track,
    TrackFile,
)
from videomind.admin_site import ModelAdmin, ReadOnlyAdmin, TabularInline


@admin.register(ChannelGroup)
class ChannelGroupAdmin(ModelAdmin):
    list_display = ("name", "slug", "folder", "profile", "position", "is_default")
    list_select_related = ("profile",)
    search_fields = ("name",)


@admin.register(Channel)
class ChannelAdmin(ModelAdmin):
    list_display = ("title", "handle", "group", "tracks", "available", "bytes", "last_synced_at")
    list_select_related = ("group",)
    search_fields = ("title", "handle", "channel_id")
    # Published files stand in it: it is fixed once the channel is added.
    readonly_fields = ("channel_id", "folder", "added_at", "last_synced_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Channel]:
        return Channel.objects.with_counters()

    @admin.display(ordering="track_count")
    def tracks(self, channel: Channel) -> int:
        return channel.track_count

    @admin.display(ordering="available_count")
    def available(self, channel: Channel) -> int:
        return channel.available_count

    @admin.display(ordering="file_bytes")
    def bytes(self, channel: Channel) -> int:
        return channel.file_bytes


@admin.register(Playlist)
class PlaylistAdmin(ModelAdmin):
    list_display = ("title", "playlist_id", "channel", "group", "last_synced_at")
    list_select_related = ("channel", "group")
    search_fields = ("title", "playlist_id")
    raw_id_fields = ("channel",)


class TrackFileInline(TabularInline):
    model = TrackFile
    fields = readonly_fields = ("kind", "language", "relative_path", "bytes", "duration")
    extra = 0
    can_delete = False


@admin.register(Track)
class TrackAdmin(ModelAdmin):
    list_display = ("title", "youtube_id", "channel", "state", "source_state", "downloaded_at")
    list_filter = ("state", "source_state", "media_kind", "protected")
    list_select_related = ("channel",)
    search_fields = ("title", "=youtube_id")
    raw_id_fields = ("channel",)
    readonly_fields = ("youtube_id", "folder", "stem", "added_at", "downloaded_at")
    inlines = (TrackFileInline,)


@admin.register(TrackFile)
class TrackFileAdmin(ModelAdmin):
    list_display = ("relative_path", "kind", "language", "container", "height", "bytes")
    list_filter = ("kind", "container")
    list_select_related = ("track",)
    search_fields = ("relative_path", "=sha256")
    raw_id_fields = ("track",)
    readonly_fields = ("relative_path", "sha256", "added_at")


@admin.register(DownloadProfile)
class DownloadProfileAdmin(ModelAdmin):
    list_display = ("name", "slug", "max_height", "audio_only", "container", "is_default")
    search_fields = ("name",)


@admin.register(LibraryEvent)
class LibraryEventAdmin(ReadOnlyAdmin):
    list_display = ("at", "event", "youtube_id", "title", "reason", "bytes", "job_id")
    list_filter = ("event",)
    search_fields = ("=youtube_id", "title")

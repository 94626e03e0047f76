"""Where tracks come from: groups, channels and playlists."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from channels_app.admin.actions import DOWNLOAD_CHANNEL, DOWNLOAD_PLAYLIST, SYNC_CHANNEL
from channels_app.admin.add_form import AddSource
from channels_app.admin.columns import jobs_link, list_link, page_link, size
from channels_app.admin.group_form import GroupForm
from channels_app.models import Channel, ChannelGroup, Playlist
from channels_app.states import State
from jobs.admin.add_by_url import Asking
from videomind.admin_site import Admin, ConfirmedActions


@admin.register(ChannelGroup)
class ChannelGroupAdmin(Admin):
    form = GroupForm
    list_display = ("name", "folder", "profile", "position", "is_default", "channels")
    list_select_related = ("profile",)
    search_fields = ("name",)
    fields = ("name", "profile", "position", "is_default", "slug", "folder")
    # Published files stand in the folder: both are fixed once the group is made.
    readonly_fields = ("slug", "folder")

    def has_delete_permission(self, request: HttpRequest, obj: ChannelGroup | None = None) -> bool:
        return super().has_delete_permission(request, obj) and not (obj and obj.is_default)

    @admin.display(description="Channels")
    def channels(self, group: ChannelGroup) -> SafeString:
        return list_link("channels_app_channel", "channels", group__id__exact=str(group.pk))


@admin.register(Channel)
class ChannelAdmin(ConfirmedActions, AddSource, Admin):
    list_display = (
        "title", "handle", "group", "tracks", "available", "stored", "last_synced_at", "jobs",
    )  # fmt: skip
    list_filter = ("group",)
    list_select_related = ("group",)
    search_fields = ("title", "handle", "=channel_id")
    fields = (
        "title", "handle", "channel_id", "group", "profile", "folder", "description", "added_at",
        "last_synced_at", "tracks", "jobs",
    )  # fmt: skip
    # YouTube says what it is called; published files stand in its folder.
    readonly_fields = (
        "title", "handle", "channel_id", "folder", "description", "added_at", "last_synced_at",
        "tracks", "jobs",
    )  # fmt: skip
    confirmed = (SYNC_CHANNEL, DOWNLOAD_CHANNEL)
    asking = Asking(
        job_type="channel_download",
        title="Add a channel",
        explanation="Its videos are listed, and one job for each of them is queued.",
        fields=("channel_url", "group_name", "profile", "tabs", "max_downloads"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Channel]:
        return Channel.objects.with_counters()

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """One by one only: each deletion looks at what the channel still holds."""
        return {k: v for k, v in super().get_actions(request).items() if k != "delete_selected"}

    def has_delete_permission(self, request: HttpRequest, obj: Channel | None = None) -> bool:
        """A channel with files keeps its row: otherwise they would belong to nobody."""
        if obj is not None and obj.tracks.filter(state=State.AVAILABLE).exists():
            return False
        return super().has_delete_permission(request, obj)

    @admin.display(ordering="track_count", description="Tracks")
    def tracks(self, channel: Channel) -> SafeString:
        pk = str(channel.pk)
        return list_link("channels_app_track", channel.track_count, channel__id__exact=pk)

    @admin.display(ordering="available_count", description="Here")
    def available(self, channel: Channel) -> int:
        return channel.available_count

    @admin.display(ordering="file_bytes", description="Size")
    def stored(self, channel: Channel) -> str:
        return size(channel.file_bytes)

    @admin.display(description="Jobs")
    def jobs(self, channel: Channel) -> SafeString:
        return jobs_link("channel_download", channel.channel_id)


@admin.register(Playlist)
class PlaylistAdmin(ConfirmedActions, AddSource, Admin):
    list_display = (
        "title",
        "playlist_id",
        "of_channel",
        "group",
        "last_synced_at",
        "tracks",
        "jobs",
    )
    list_filter = ("group",)
    list_select_related = ("channel", "group")
    search_fields = ("title", "=playlist_id")
    fields = (
        "title", "playlist_id", "of_channel", "group", "description", "added_at", "last_synced_at",
        "tracks", "jobs",
    )  # fmt: skip
    readonly_fields = (
        "title", "playlist_id", "of_channel", "description", "added_at", "last_synced_at", "tracks",
        "jobs",
    )  # fmt: skip
    confirmed = (DOWNLOAD_PLAYLIST,)
    asking = Asking(
        job_type="playlist_download",
        title="Add a playlist",
        explanation="Its videos are listed, and one job for each of them is queued.",
        fields=(
            "playlist_url", "target_group", "profile", "extract_audio", "playlist_range",
            "max_downloads", "format_selector",
        ),
    )  # fmt: skip

    @admin.display(description="Channel")
    def of_channel(self, playlist: Playlist) -> SafeString | str:
        return page_link("channels_app_channel", playlist.channel_id, str(playlist.channel))

    @admin.display(description="Tracks")
    def tracks(self, playlist: Playlist) -> SafeString:
        pk = str(playlist.pk)
        return list_link("channels_app_track", "tracks", playlists__id__exact=pk)

    @admin.display(description="Jobs")
    def jobs(self, playlist: Playlist) -> SafeString:
        return jobs_link("playlist_download", playlist.playlist_id)

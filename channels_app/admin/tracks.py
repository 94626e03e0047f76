"""Tracks and their files: what is here, and why something is not."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from channels_app.admin.actions import DOWNLOAD_TRACK
from channels_app.admin.add_form import AddSource
from channels_app.admin.columns import (
    jobs_link,
    list_link,
    page_link,
    player_link,
    size,
    state_badge,
)
from channels_app.catalog.status import shown_state, why
from channels_app.models import Track, TrackFile
from channels_app.models.tracks import JOB_TYPE
from jobs.admin.add_by_url import Asking
from videomind.admin_site import Admin, ConfirmedActions, ReadOnlyAdmin, TabularInline


class TrackFileInline(TabularInline):
    model = TrackFile
    fields = readonly_fields = ("kind", "language", "relative_path", "bytes", "duration")
    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Track)
class TrackAdmin(ConfirmedActions, AddSource, Admin):
    list_display = (
        "title", "youtube_id", "of_channel", "state_shown", "source_state", "downloaded_at", "jobs",
    )  # fmt: skip
    list_filter = ("state", "source_state", "media_kind", "protected")
    list_select_related = ("channel",)
    search_fields = ("title", "=youtube_id")
    fields = (
        "title", "youtube_id", "watch", "of_channel", "state_shown", "why_not", "source_state",
        "protected", "media_kind", "duration", "folder", "stem", "published_at", "added_at",
        "downloaded_at", "jobs", "metadata", "history",
    )  # fmt: skip
    readonly_fields = tuple(name for name in fields if name != "protected")
    inlines = (TrackFileInline,)
    confirmed = (DOWNLOAD_TRACK,)
    asking = Asking(
        job_type=JOB_TYPE,
        title="Add a video",
        explanation="One job downloads it; its channel is added with it.",
        fields=(
            "video_url", "target_group", "profile", "extract_audio", "force", "format_selector",
        ),
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Track]:
        return Track.objects.with_job()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Rows outlive their files: what is deleted here would be downloaded again."""
        return False

    @admin.display(description="Channel")
    def of_channel(self, track: Track) -> SafeString | str:
        return page_link("channels_app_channel", track.channel_id, str(track.channel))

    @admin.display(description="State", ordering="state")
    def state_shown(self, track: Track) -> SafeString:
        return state_badge(shown_state(track))

    @admin.display(description="Why it is not here", empty_value="–")
    def why_not(self, track: Track) -> str | None:
        return why(track) or None

    @admin.display(description="Jobs")
    def jobs(self, track: Track) -> SafeString:
        return jobs_link(JOB_TYPE, track.youtube_id)

    @admin.display(description="Player")
    def watch(self, track: Track) -> SafeString:
        return player_link("watch", track.youtube_id, "Open its page")

    @admin.display(description="Metadata")
    def metadata(self, track: Track) -> SafeString:
        view = "metadata_youtubevideometadata"
        return list_link(view, "what YouTube says", youtube_id=track.youtube_id)

    @admin.display(description="History")
    def history(self, track: Track) -> SafeString:
        view = "channels_app_libraryevent"
        return list_link(view, "what happened to it", youtube_id=track.youtube_id)


@admin.register(TrackFile)
class TrackFileAdmin(ReadOnlyAdmin):
    """A published file is never changed: its row says what was verified."""

    list_display = (
        "relative_path",
        "kind",
        "language",
        "container",
        "height",
        "stored",
        "of_track",
    )
    list_filter = ("kind", "container")
    list_select_related = ("track",)
    search_fields = ("relative_path", "=sha256", "=track__youtube_id")

    @admin.display(description="Size", ordering="bytes")
    def stored(self, file: TrackFile) -> str:
        return size(file.bytes)

    @admin.display(description="Track")
    def of_track(self, file: TrackFile) -> SafeString | str:
        return page_link("channels_app_track", file.track_id, str(file.track))

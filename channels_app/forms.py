"""What may be asked of the library's jobs. Every address becomes kind and id here."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from channels_app.models import Channel, Playlist, Track
from channels_app.source_form import SourceForm, most_field, name_field, url_field
from metadata.youtube.listing.request import DEFAULT_TABS, ranges
from metadata.youtube.sources import (
    Source,
    SourceKind,
    Tab,
    channel_url,
    playlist_url,
    video_url,
)

TABS = [(tab, tab.capitalize()) for tab in (*DEFAULT_TABS, Tab.PLAYLISTS.value)]


class ChannelDownloadForm(SourceForm):
    kind = SourceKind.CHANNEL
    group_field = "group_name"

    channel_url = url_field("Channel's address")
    channel_id = name_field("Channel's id or @handle", 120)
    tabs = forms.MultipleChoiceField(required=False, choices=TABS)
    group_name = name_field("Group")
    max_downloads = most_field()
    profile = name_field("Profile")
    download_archive = forms.BooleanField(required=False, initial=True, label="Skip what is known")

    clean_group_name = SourceForm.clean_group

    def by_id(self, source_id: str) -> Source:
        channel_url(source_id)  # refuses what is none
        return Source(SourceKind.CHANNEL, source_id)

    def clean(self) -> dict[str, Any]:
        """Names, unlike ids, are the same in capitals and in small letters."""
        cleaned = super().clean()
        name = str(cleaned.get("channel_id", ""))
        if name.startswith(("@", "c/", "user/")):
            cleaned["channel_id"] = name.lower()
        return cleaned

    def further(self, source: Source) -> dict[str, Any]:
        return {"tabs": [source.tab.value]} if source.tab else {}

    @property
    def title(self) -> str:
        tabs = ", ".join(self.cleaned_data.get("tabs") or ())
        name = str(self.target)
        known = Channel.objects.filter(channel_id=name).first()
        return f"{known or name} ({tabs})" if tabs else str(known or name)


class PlaylistDownloadForm(SourceForm):
    kind = SourceKind.PLAYLIST

    playlist_url = url_field("Playlist's address")
    playlist_id = name_field("Playlist's id", 60)
    target_group = name_field("Group")
    profile = name_field("Profile")
    extract_audio = forms.BooleanField(required=False, label="Sound only")
    format_selector = name_field("yt-dlp's format expression", 300)
    playlist_range = name_field("Places, such as 1-20,25", 200)
    max_downloads = most_field()

    clean_target_group = SourceForm.clean_group

    def by_id(self, source_id: str) -> Source:
        playlist_url(source_id)
        return Source(SourceKind.PLAYLIST, source_id)

    def clean_playlist_range(self) -> str:
        text = "".join(str(self.cleaned_data["playlist_range"]).split())
        try:
            ranges(text)
        except ValueError as error:
            raise ValidationError(str(error), code="bad_range") from error
        return text

    @property
    def title(self) -> str:
        known = Playlist.objects.filter(playlist_id=self.target).first()
        return str(known or self.target)


class VideoDownloadForm(SourceForm):
    kind = SourceKind.VIDEO

    video_url = url_field("Video's address")
    video_id = name_field("Video's id", 11)
    target_group = name_field("Group")
    profile = name_field("Profile")
    extract_audio = forms.BooleanField(required=False, label="Sound only")
    format_selector = name_field("yt-dlp's format expression", 300)
    force = forms.BooleanField(required=False, label="Download anew")

    clean_target_group = SourceForm.clean_group

    def by_id(self, source_id: str) -> Source:
        video_url(source_id)
        return Source(SourceKind.VIDEO, source_id)

    @property
    def title(self) -> str:
        known = Track.objects.filter(youtube_id=self.target).first()
        return str(known or self.target)

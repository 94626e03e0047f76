"""What may be asked of the library's jobs. Every address becomes kind and id here."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError

from channels_app.catalog.defaults import GROUP_NAME_LENGTH, is_group_name, profile_named
from channels_app.models import Channel, DownloadProfile, Playlist, Track
from jobs.forms import JobForm
from metadata.youtube.listing.request import DEFAULT_TABS, ranges
from metadata.youtube.sources import (
    MAX_LENGTH,
    Source,
    SourceKind,
    SourceRefused,
    Tab,
    channel_url,
    parse_source,
    playlist_url,
    video_url,
)


def url_field(label: str) -> forms.CharField:
    return forms.CharField(required=False, max_length=MAX_LENGTH, label=label)


def name_field(label: str, longest: int = GROUP_NAME_LENGTH) -> forms.CharField:
    return forms.CharField(required=False, max_length=longest, label=label)


def most_field() -> forms.IntegerField:
    return forms.IntegerField(
        required=False, min_value=1, max_value=1_000_000, label="Download at most"
    )


class SourceForm(JobForm):
    """One source, by address or by id, and what is done with it."""

    kind: ClassVar[SourceKind]
    group_field: ClassVar[str] = "target_group"
    # yt-dlp's expressions can name any format and merge any.
    admin_only = frozenset({"format_selector"})

    @property
    def parameters(self) -> dict[str, Any]:
        """Only what is not the default: two ways to say the same are one request."""
        given = {name: value for name, value in self.cleaned_data.items() if value}
        for name, field in self.base_fields.items():
            value = self.cleaned_data.get(name)
            if field.initial is not None and value == field.initial:
                given.pop(name, None)
            elif field.initial and value is False:
                given[name] = value
        return given

    @property
    def target(self) -> str:
        return str(self.cleaned_data[f"{self.kind}_id"])

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        by_url, by_id = f"{self.kind}_url", f"{self.kind}_id"
        # A field with an error of its own has said what is wrong.
        if by_url in self.errors or by_id in self.errors:
            return cleaned
        url, source_id = cleaned.pop(by_url, ""), cleaned.get(by_id, "")
        if bool(url) == bool(source_id):
            raise ValidationError(f"Give either {by_url} or {by_id}.", code="one_of", params={})
        try:
            source = parse_source(url, expect=self.kind) if url else self.by_id(source_id)
        except SourceRefused as refused:
            self.add_error(by_url if url else by_id, ValidationError(str(refused), code="refused"))
            return cleaned
        return cleaned | {by_id: source.id} | self.further(source)

    def by_id(self, source_id: str) -> Source:
        """Raises SourceRefused."""
        raise NotImplementedError

    def further(self, source: Source) -> dict[str, Any]:
        """What the address says besides kind and id."""
        return {}

    def clean_profile(self) -> str:
        """As its slug, whichever way it was named."""
        name = self.cleaned_data["profile"]
        profile = profile_named(name) if name else None
        if name and profile is None:
            known = ", ".join(DownloadProfile.objects.values_list("slug", flat=True))
            raise ValidationError(
                f"There is no download profile {name!r}; there are {known or 'none'}.",
                code="unknown_profile",
            )
        return profile.slug if profile else ""

    def clean_group(self) -> str:
        name = str(self.cleaned_data[self.group_field])
        if name and not is_group_name(name):
            raise ValidationError(
                f"A group's name has at most {GROUP_NAME_LENGTH} letters, digits, spaces and"
                " simple punctuation.",
                code="bad_name",
            )
        return name


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

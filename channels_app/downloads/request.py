"""A job's parameters as what they mean here: rows instead of names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from channels_app.catalog.defaults import default_group, group_named, profile_for, profile_named
from channels_app.models import Channel, ChannelGroup, DownloadProfile
from metadata.youtube.client.options import ProfileOptions


class ProfileMissing(Exception):
    """The profile that the job names was deleted."""

    code = "profile_missing"


@dataclass(frozen=True, slots=True)
class VideoRequest:
    """What `single_video_download` is asked for."""

    video_id: str
    target_group: str = ""
    profile: str = ""
    extract_audio: bool = False
    format_selector: str = ""
    force: bool = False

    @classmethod
    def of(cls, parameters: Mapping[str, Any]) -> VideoRequest:
        return cls(**{name: parameters[name] for name in cls.__slots__ if name in parameters})

    def group(self, channel: Channel | None) -> ChannelGroup:
        """The group asked for, else that of the video's channel, else the default."""
        if self.target_group:
            return group_named(self.target_group)
        return channel.group if channel else default_group()

    def chosen_profile(self, channel: Channel | None) -> DownloadProfile:
        """Raises ProfileMissing."""
        if not self.profile:
            return profile_for(channel, self.group(channel))
        found = profile_named(self.profile)
        if found is None:
            raise ProfileMissing(f"There is no download profile {self.profile!r} any more.")
        return found

    def options(self, profile: DownloadProfile) -> ProfileOptions:
        return profile.options(audio_only=self.extract_audio, format_selector=self.format_selector)


def wanted_kind(options: ProfileOptions) -> str:
    return "audio" if options["audio_only"] else "video"

"""Closed sets of the library: what a track can be, here and at its source, and kinds of files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.db import models


class State(models.TextChoices):
    """What we have of a video. `queued` and `downloading` are computed from its active job."""

    WANTED = "wanted", "Wanted"
    AVAILABLE = "available", "Available"
    MISSING = "missing", "Missing"
    SKIPPED = "skipped", "Skipped"
    REMOVED = "removed", "Removed here"


QUEUED: Final = "queued"
DOWNLOADING: Final = "downloading"
SHOWN_STATES: Final = (*State.values, QUEUED, DOWNLOADING)
# While a job works on these, that is what people see.
NOT_HERE: Final = (State.WANTED, State.MISSING)


class SourceState(models.TextChoices):
    """What became of it at YouTube, as far as we know."""

    UNKNOWN = "", "Unknown"
    PUBLIC = "public", "Public"
    UNLISTED = "unlisted", "Unlisted"
    UPCOMING = "upcoming", "Not yet out"
    PRIVATE = "private", "Private"
    REMOVED = "removed", "Removed"
    UNAVAILABLE = "unavailable", "Unavailable"
    TERMINATED = "terminated", "Account terminated"
    COPYRIGHT = "copyright", "Blocked for copyright"
    TERMS = "terms", "Against the terms of service"
    GEO = "geo", "Not in this country"
    MEMBERS_ONLY = "members_only", "Members only"
    PREMIUM_ONLY = "premium_only", "Premium only"
    PAYMENT = "payment", "To be paid for"
    AGE_RESTRICTED = "age_restricted", "Age-restricted"
    DRM = "drm", "Copy-protected"


# What a failure code says about the video at its source; other codes say nothing about it.
SOURCE_STATE_OF: Final[Mapping[str, SourceState]] = {
    "video_private": SourceState.PRIVATE,
    "video_removed": SourceState.REMOVED,
    "video_unavailable": SourceState.UNAVAILABLE,
    "account_terminated": SourceState.TERMINATED,
    "copyright_blocked": SourceState.COPYRIGHT,
    "tos_removed": SourceState.TERMS,
    "geo_blocked": SourceState.GEO,
    "members_only": SourceState.MEMBERS_ONLY,
    "premium_only": SourceState.PREMIUM_ONLY,
    "payment_required": SourceState.PAYMENT,
    "age_restricted": SourceState.AGE_RESTRICTED,
    "drm_protected": SourceState.DRM,
    "premiere": SourceState.UPCOMING,
    "live_not_started": SourceState.UPCOMING,
}
# yt-dlp's `availability` of a video that could be seen.
SOURCE_STATE_SEEN: Final[Mapping[str, SourceState]] = {
    "public": SourceState.PUBLIC,
    "unlisted": SourceState.UNLISTED,
    "private": SourceState.PRIVATE,
    "needs_auth": SourceState.AGE_RESTRICTED,
    "subscriber_only": SourceState.MEMBERS_ONLY,
    "premium_only": SourceState.PREMIUM_ONLY,
}


class MediaKind(models.TextChoices):
    VIDEO = "video", "Video"
    AUDIO = "audio", "Audio"


class FileKind(models.TextChoices):
    VIDEO = "video", "Video"
    AUDIO = "audio", "Audio"
    SUBTITLE = "subtitle", "Subtitles"
    THUMBNAIL = "thumbnail", "Picture"
    INFO = "info", "Info file"


MEDIA_FILES: Final = (FileKind.VIDEO, FileKind.AUDIO)

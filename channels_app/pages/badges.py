"""What is said of a track beside its title: what became of it at its source, and of ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from channels_app.catalog.status import shown_state
from channels_app.models import Track
from channels_app.states import DOWNLOADING, QUEUED, SourceState, State


@dataclass(frozen=True, slots=True)
class Badge:
    label: str
    tone: str = ""
    sentence: str = ""


_STAYS: Final = "The copy here stays."
_AT_SOURCE: Final[Mapping[str, Badge]] = {
    SourceState.UNLISTED: Badge("Unlisted", "info", "It is not listed on YouTube."),
    SourceState.UPCOMING: Badge("Not yet out", "info", "It is not yet out on YouTube."),
    SourceState.PRIVATE: Badge("Private at source", "warn", "It was made private on YouTube."),
    SourceState.REMOVED: Badge("Removed at source", "warn", "It was removed from YouTube."),
    SourceState.UNAVAILABLE: Badge(
        "Gone at source", "warn", "It is no longer available on YouTube."
    ),
    SourceState.TERMINATED: Badge(
        "Account terminated", "warn", "Its channel was terminated on YouTube."
    ),
    SourceState.COPYRIGHT: Badge(
        "Blocked at source", "warn", "YouTube blocked it on copyright grounds."
    ),
    SourceState.TERMS: Badge(
        "Removed at source", "warn", "YouTube removed it for violating its terms."
    ),
    SourceState.GEO: Badge("Not in this country", "warn", "YouTube does not show it here."),
    SourceState.MEMBERS_ONLY: Badge("Members only", "info", "On YouTube it is for members."),
    SourceState.PREMIUM_ONLY: Badge("Premium only", "info", "On YouTube it needs Premium."),
    SourceState.PAYMENT: Badge("To be paid for", "info", "On YouTube it has to be paid for."),
    SourceState.AGE_RESTRICTED: Badge("Age-restricted", "info", "On YouTube it needs a sign-in."),
    SourceState.DRM: Badge("Copy-protected", "info", "On YouTube it is copy-protected."),
}
_HERE: Final[Mapping[str, Badge]] = {
    State.WANTED: Badge("Not here yet"),
    State.MISSING: Badge("File missing", "bad"),
    State.SKIPPED: Badge("Skipped"),
    State.REMOVED: Badge("Deleted here"),
    QUEUED: Badge("In the queue", "info"),
    DOWNLOADING: Badge("Downloading", "accent"),
}


def source_badge(track: Track) -> Badge | None:
    return _AT_SOURCE.get(track.source_state)


def source_sentence(track: Track) -> str:
    badge = source_badge(track)
    if badge is None:
        return ""
    stays = track.is_available and badge.tone == "warn"
    return f"{badge.sentence} {_STAYS}" if stays else badge.sentence


def state_badge(track: Track) -> Badge | None:
    """None for what is here."""
    return _HERE.get(shown_state(track))

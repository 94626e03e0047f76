"""Metadata as JSON."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final, TypedDict

from metadata.models import YouTubeVideoMetadata
from videomind.http.times import as_text

_HIDDEN: Final = frozenset({"id", "counts_recorded_at"})
_NAMES: Final = tuple(
    field.attname for field in YouTubeVideoMetadata._meta.local_fields if field.name not in _HIDDEN
)


class MetadataSummary(TypedDict):
    """A row of a list."""

    youtube_id: str
    title: str
    channel: str
    channel_id: str
    duration: float | None
    upload_date: str | None
    view_count: int | None
    live_status: str
    availability: str
    media_type: str
    thumbnail: str
    last_seen_at: str | None


# Every column of the row under its own name, times in ISO 8601 UTC.
MetadataPayload = dict[str, Any]


def metadata_payload(row: YouTubeVideoMetadata) -> MetadataPayload:
    return {name: _json(getattr(row, name)) for name in _NAMES} | {"url": row.url}


def metadata_summary(row: YouTubeVideoMetadata) -> MetadataSummary:
    return MetadataSummary(
        youtube_id=row.youtube_id,
        title=row.title,
        channel=row.channel,
        channel_id=row.channel_id,
        duration=row.duration,
        upload_date=row.upload_date.isoformat() if row.upload_date else None,
        view_count=row.view_count,
        live_status=row.live_status,
        availability=row.availability,
        media_type=row.media_type,
        thumbnail=row.thumbnail,
        last_seen_at=as_text(row.last_seen_at),
    )


def _json(value: Any) -> Any:
    if isinstance(value, datetime):
        return as_text(value)
    return value.isoformat() if isinstance(value, date) else value

"""When a video was published, from yt-dlp's info dict. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any


def published_at(info: Mapping[str, Any]) -> datetime | None:
    """The timestamp where there is one, else midnight UTC of the upload date."""
    timestamp = info.get("timestamp") or info.get("release_timestamp")
    if isinstance(timestamp, int | float):
        return datetime.fromtimestamp(timestamp, UTC)
    try:
        return datetime.strptime(str(info.get("upload_date")), "%Y%m%d").replace(tzinfo=UTC)
    except ValueError:
        return None

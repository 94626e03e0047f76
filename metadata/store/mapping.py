"""yt-dlp's info dictionary into columns: pure, and never raises whatever the values are."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, Final

from metadata.store.coerce import (
    BIGGEST,
    BIGGEST_INT,
    LONGEST_TEXT,
    Coerce,
    captions,
    clean,
    day,
    fraction,
    listed,
    picture,
    pictures,
    plain,
    text,
    whole,
    year,
    yes_no,
)
from metadata.youtube.listing import entries
from metadata.youtube.sources import is_video_id

Columns = dict[str, Any]

LONGEST_EXTRA: Final = 64 * 1024
# What yt-dlp adds to an entry, or asks of one, and is no knowledge about the video.
_NOT_EXTRA: Final = frozenset({
    "id", "playlist", "playlist_channel", "playlist_channel_id", "playlist_webpage_url",
    "original_url_basename", "webpage_url_basename", "webpage_url_domain", "_type",
})  # fmt: skip

_COUNT, _INT = whole(BIGGEST), whole(BIGGEST_INT)
COLUMNS: Final[Mapping[str, Coerce]] = {
    **dict.fromkeys(("title", "fulltitle", "alt_title", "channel", "uploader"), text(300)),
    **dict.fromkeys(("playlist_title", "playlist_uploader", "location", "license"), text(300)),
    **dict.fromkeys(("webpage_url", "original_url", "channel_url", "uploader_url"), text(500)),
    **dict.fromkeys(("uploader_id", "playlist_uploader_id"), text(200)),
    **dict.fromkeys(("display_id", "playlist_id", "format_id"), text(100)),
    **dict.fromkeys(("vcodec", "acodec"), text(60)),
    **dict.fromkeys(("channel_id", "extractor", "extractor_key"), text(50)),
    **dict.fromkeys(("live_status", "availability", "media_type", "resolution"), text(30)),
    **dict.fromkeys(("duration_string", "ext", "dynamic_range"), text(20)),
    "description": text(LONGEST_TEXT),
    "language": text(35),
    "format": text(300),
    **dict.fromkeys(("timestamp", "release_timestamp", "epoch", "filesize_approx"), _COUNT),
    **dict.fromkeys(("view_count", "concurrent_view_count", "like_count"), _COUNT),
    **dict.fromkeys(("comment_count", "channel_follower_count"), _COUNT),
    **dict.fromkeys(("playlist_index", "playlist_count", "age_limit"), _INT),
    **dict.fromkeys(("width", "height", "asr", "audio_channels"), _INT),
    "release_year": year,
    **dict.fromkeys(("duration", "average_rating", "fps", "vbr", "abr", "tbr"), fraction),
    **dict.fromkeys(("upload_date", "release_date", "modified_date"), day),
    **dict.fromkeys(("is_live", "was_live", "playable_in_embed", "channel_is_verified"), yes_no),
    **dict.fromkeys(("creators", "categories", "tags", "chapters", "heatmap"), listed),
    **dict.fromkeys(("subtitles", "automatic_captions"), captions),
    "thumbnail": picture,
    "thumbnails": pictures,
}


def youtube_id(info: Any) -> str | None:
    """The video's id, or None where this is no dictionary about a video of YouTube."""
    found = info.get("id") if isinstance(info, Mapping) else None
    return found if isinstance(found, str) and is_video_id(found) else None


def columns(info: Mapping[str, Any]) -> Columns:
    """The columns that the dictionary knows something about; what it does not know is absent."""
    found: Columns = {}
    for name, value in info.items():
        coerce = COLUMNS.get(name)
        if value is not None and coerce is not None and (value := coerce(value)) is not None:
            found[name] = value
    return _derived(found) | found


def _derived(found: Columns) -> Columns:
    """What yt-dlp works out itself for a video looked at in full, but not for a listing's entry."""
    derived: Columns = {}
    if "timestamp" in found and (uploaded := _day_of(found["timestamp"])):
        derived["upload_date"] = uploaded
    if "live_status" in found:
        derived["is_live"] = found["live_status"] == "is_live"
        derived["was_live"] = found["live_status"] == "was_live"
    return derived


def _day_of(timestamp: int) -> date | None:
    try:
        return datetime.fromtimestamp(timestamp, UTC).date()
    except (ValueError, OverflowError, OSError):
        return None


def unmapped(info: Mapping[str, Any]) -> dict[str, Any]:
    """What has no column, as JSON; never bulk, and never an address that expires."""
    unknown = {key: value for key, value in info.items() if _is_unknown(key)}
    rest = {clean(key)[:100]: plain(value) for key, value in entries.full(unknown).items()}
    return {key: value for key, value in rest.items() if value is not None and _is_small(value)}


def _is_unknown(key: Any) -> bool:
    return isinstance(key, str) and key not in COLUMNS and key not in _NOT_EXTRA


def _is_small(value: Any) -> bool:
    return len(json.dumps(value)) <= LONGEST_EXTRA

"""yt-dlp's dictionaries, cut down to what crosses the wall: no formats, no signed addresses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

Info = dict[str, Any]

# A video's kind on YouTube, as a full extraction names it.
MEDIA_TYPES: Final[Mapping[str, str]] = {
    "videos": "video",
    "shorts": "short",
    "streams": "livestream",
}
# What a playlist shows in place of a title, and what became of the video.
LOST_TITLES: Final[Mapping[str, str]] = {
    "[Private video]": "private",
    "[Deleted video]": "deleted",
}
_FLAT_KEYS: Final = (
    "title", "description", "duration", "view_count", "concurrent_view_count", "timestamp",
    "release_timestamp", "live_status", "availability", "channel", "channel_id", "channel_url",
    "channel_is_verified", "uploader", "uploader_id", "uploader_url", "creators",
)  # fmt: skip
_CHANNEL_KEYS: Final = (
    "channel", "channel_id", "channel_url", "uploader", "uploader_id", "uploader_url",
)  # fmt: skip
# Bulk, addresses that expire, and what concerns only the download: never stored.
_NEVER: Final = frozenset({
    "formats", "requested_formats", "requested_downloads", "requested_entries", "entries", "url",
    "urls", "manifest_url", "http_headers", "cookies", "fragments", "fragment_base_url", "comments",
    "requested_subtitles", "downloader_options", "available_at", "filepath", "filename", "protocol",
    "preference", "quality", "source_preference", "language_preference", "has_drm", "ie_key",
    "format_index", "infojson_filename", "container", "n_entries", "playlist_autonumber",
})  # fmt: skip
_SIGNED: Final = re.compile(r"googlevideo\.com/|[?&](?:sig|signature|lsig|expire)=", re.IGNORECASE)
THUMBNAILS_KEPT: Final = 5


def is_video(entry: Mapping[str, Any]) -> bool:
    """Whether a flat entry is a video, and not a tab or playlist that must be opened."""
    return entry.get("ie_key") in ("Youtube", None) and entry.get("_type") != "playlist"


def flat(entry: Mapping[str, Any], *, tab: str, channel: Mapping[str, Any]) -> Info:
    """One entry of a listing; on a channel's own tab its channel goes without saying."""
    video_id = entry["id"]
    found: Info = {key: channel[key] for key in _CHANNEL_KEYS if channel.get(key)}
    found |= {key: entry[key] for key in _FLAT_KEYS if entry.get(key) is not None}
    found |= {
        "id": video_id,
        "webpage_url": f"https://www.youtube.com/watch?v={video_id}",
        "extractor": "youtube",
        "extractor_key": "Youtube",
    }
    if tab in MEDIA_TYPES:
        found["media_type"] = MEDIA_TYPES[tab]
    if thumbnails := entry.get("thumbnails"):
        found["thumbnail"] = lasting_url(thumbnails[-1].get("url"))
    return found | lost(found)


def lost(entry: Mapping[str, Any]) -> Info:
    """The availability of an entry that is a mere stand-in for a video, else nothing."""
    if entry.get("duration") is not None or entry.get("view_count") is not None:
        return {}
    availability = LOST_TITLES.get(str(entry.get("title")))
    return {"availability": availability} if availability else {}


def full(info: Mapping[str, Any]) -> Info:
    """A whole info dictionary without its bulk: captions become languages, pictures a handful."""
    kept = {
        key: value
        for key, value in info.items()
        if not key.startswith("_") and key not in _NEVER and value is not None
    }
    for key in ("subtitles", "automatic_captions"):
        if key in kept:
            kept[key] = languages(kept[key])
    if "thumbnails" in kept:
        kept["thumbnails"] = pictures(kept["thumbnails"])
    if "thumbnail" in kept:
        kept["thumbnail"] = lasting_url(kept["thumbnail"])
    return {key: value for key, value in kept.items() if not is_signed(value)}


def languages(captions: Any) -> list[str]:
    """The language codes of a dictionary of captions, or of a list that holds nothing else."""
    return sorted(str(code) for code in captions) if isinstance(captions, dict | list) else []


def pictures(thumbnails: Any) -> list[Info]:
    """The largest few, yt-dlp's order being from worst to best."""
    found = [each for each in _dicts(thumbnails) if each.get("url")][-THUMBNAILS_KEPT:]
    return [
        {"url": lasting_url(each["url"])}
        | {key: each[key] for key in ("width", "height") if isinstance(each.get(key), int)}
        for each in found
    ]


def lasting_url(url: Any) -> str:
    """A picture's address without what changes at every request.

    The `v` that YouTube raises when the uploader changes the picture stays.
    """
    address = str(url or "")
    if "?" not in address and "#" not in address:
        return address
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    query = [(key, value) for key, value in parse_qsl(parts.query) if key == "v"]
    return urlunsplit(parts._replace(query=urlencode(query), fragment=""))


def is_signed(value: Any) -> bool:
    """Whether an address that expires, or opens a file to whoever has it, stands in a value."""
    match value:
        case str():
            return value.startswith("http") and _SIGNED.search(value) is not None
        case dict():
            return any(is_signed(each) for each in value.values())
        case list() | tuple():
            return any(is_signed(each) for each in value)
    return False


def _dicts(values: Any) -> Iterable[Mapping[str, Any]]:
    return [each for each in values if isinstance(each, dict)] if isinstance(values, list) else []

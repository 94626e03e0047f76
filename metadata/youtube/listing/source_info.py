"""What the first page of a listing tells about the channel or playlist itself."""

from __future__ import annotations

from typing import Any, Final

from metadata.youtube.listing.entries import Info, lasting_url

TABS: Final = ("videos", "shorts", "streams", "playlists")
_CHANNEL_KEYS: Final = (
    "channel", "channel_id", "channel_url", "uploader", "uploader_id", "uploader_url",
)  # fmt: skip


def source(kind: str, source_id: str, page: Info, *, tabs: list[str]) -> Info:
    """The fields of the event `source`."""
    is_playlist = kind == "playlist"
    return {
        "kind": kind,
        "id": source_id,
        "title": page.get("title") if is_playlist else page.get("channel"),
        "description": page.get("description"),
        "channel_id": page.get("channel_id"),
        "channel": page.get("channel"),
        "handle": page.get("uploader_id"),
        "follower_count": page.get("channel_follower_count"),
        "verified": bool(page.get("channel_is_verified")),
        "tags": page.get("tags") or [],
        "tabs": tabs,
        "playlist_id": page.get("id") if is_playlist else None,
        "playlist_title": page.get("title") if is_playlist else None,
        "playlist_count": page.get("playlist_count") if is_playlist else None,
        "art": art(page.get("thumbnails")),
    }


def art(thumbnails: Any) -> dict[str, str]:
    """The uncropped avatar and banner, or a playlist's picture."""
    known = {each.get("id"): each.get("url") for each in thumbnails or []}
    named = {"avatar": "avatar_uncropped", "banner": "banner_uncropped"}
    found = {name: str(known[key]) for name, key in named.items() if known.get(key)}
    if not found and thumbnails:
        found["picture"] = lasting_url(thumbnails[-1].get("url"))
    return found


def channel(page: Info) -> Info:
    """What each video on a tab of its own channel has in common with the others."""
    return {key: page[key] for key in _CHANNEL_KEYS if page.get(key)}


def membership(playlist: Info, index: int) -> Info:
    """The columns that an entry has from the playlist it was listed in."""
    return {
        "playlist_id": playlist.get("id"),
        "playlist_title": playlist.get("title"),
        "playlist_index": index,
        "playlist_count": playlist.get("playlist_count"),
        "playlist_uploader": playlist.get("uploader"),
        "playlist_uploader_id": playlist.get("uploader_id"),
    }


def tab_of(page: Info) -> str:
    """Which tab an address shows. A channel without tabs shows the list of all its uploads."""
    last = str(page.get("webpage_url") or page.get("url")).rstrip("/").rpartition("/")[2]
    return last if last in TABS else "videos"


def is_list(page: Info) -> bool:
    """Whether a channel's page turned out to be a playlist, as with YouTube's "Topic" channels."""
    return "/playlist?list=" in str(page.get("webpage_url"))

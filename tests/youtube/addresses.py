"""Which channel tab or playlist a URL means."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl, unquote, urlsplit

from .catalogue import Catalogue
from .listings import Place

PREFIXES = ("channel", "c", "user")


def listing_at(path: str, query: Mapping[str, str], catalogue: Catalogue) -> Place | None:
    """The place, whether or not the playlist exists; None if no such channel exists."""
    if path == "/playlist":
        return Place(query.get("list", ""), "list")
    parts = [unquote(part) for part in path.split("/") if part]
    if len(parts) > 1 and parts[0] in PREFIXES:
        parts = parts[1:]
    channel = catalogue.channel(parts[0]) if parts else None
    if channel is None:
        return None
    return Place(channel.channel_id, parts[1] if len(parts) > 1 else "featured")


def listing_of_url(url: str, catalogue: Catalogue) -> Place | None:
    parts = urlsplit(url)
    return listing_at(parts.path, dict(parse_qsl(parts.query)), catalogue)


def owner_keys(place: Place, catalogue: Catalogue) -> list[str]:
    """By which ids a listing may be at fault: its own, and its channel's for an uploads list."""
    if place.tab != "list":
        return [place.owner, f"{place.owner}/{place.tab}"]
    playlist = catalogue.playlist(place.owner)
    if playlist is None or not place.owner.startswith("UU"):
        return [place.owner]
    return [place.owner, playlist.channel.channel_id]

"""One item of a listing, as YouTube draws it: a video, a short, a playlist."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime

from .channels import Channel, Playlist, Video
from .faults import Fault
from .wire import Json

STEPS = (("year", 31_536_000), ("month", 2_592_000), ("week", 604_800), ("day", 86_400))


def text(words: str) -> Json:
    return {"content": words}


def short_count(count: int) -> str:
    """29,412 is shown as 29K, which is all that a listing tells."""
    for size, letter in ((1_000_000, "M"), (1_000, "K")):
        if count >= size:
            shown = f"{count / size:.1f}" if count < 10 * size else str(count // size)
            return shown.removesuffix(".0") + letter
    return str(count)


def age(at: datetime) -> str:
    seconds = (datetime.now(UTC) - at).total_seconds()
    for name, size in STEPS:
        if seconds >= size:
            count = int(seconds // size)
            return f"{count} {name}{'s' if count > 1 else ''} ago"
    return f"{max(1, int(seconds // 3600))} hours ago"


def clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def thumbnails(video_id: str) -> list[Json]:
    sizes = (("hqdefault", 480, 360), ("maxresdefault", 1280, 720))
    return [
        {"url": f"https://i.ytimg.com/vi/{video_id}/{name}.jpg", "width": width, "height": height}
        for name, width, height in sizes
    ]


def channel_endpoint(channel: Channel) -> Json:
    return {
        "browseEndpoint": {
            "browseId": channel.channel_id,
            "canonicalBaseUrl": f"/@{channel.handle}",
        },
        "commandMetadata": {"webCommandMetadata": {"url": f"/@{channel.handle}"}},
    }


def video_lockup(video: Video, faults: Collection[Fault], *, with_channel: bool) -> Json:
    rows = [_views_row(video, faults)]
    if with_channel:
        rows.insert(0, _channel_row(video.channel))
    if {Fault.MEMBERS, Fault.MEMBERS_LEVEL} & set(faults):
        badge = {"badgeText": "Members only", "badgeStyle": "BADGE_MEMBERS_ONLY"}
        rows.append({"badges": [{"badgeViewModel": badge}]})
    return _lockup(video.video_id, video.title, rows, _badge(video, faults))


def lost_lockup(video_id: str, title: str) -> Json:
    return _lockup(video_id, title, [], None)


def short_lockup(video: Video) -> Json:
    overlay = {
        "primaryText": text(video.title),
        "secondaryText": text(f"{short_count(video.views)} views"),
    }
    command = {"reelWatchEndpoint": {"videoId": video.video_id}}
    image = {"sources": thumbnails(video.video_id)}
    return {
        "shortsLockupViewModel": {
            "entityId": f"shorts-shelf-item-{video.video_id}",
            "onTap": {"innertubeCommand": command},
            "overlayMetadata": overlay,
            "thumbnailViewModel": {"thumbnailViewModel": {"image": image}},
        }
    }


def playlist_lockup(playlist: Playlist) -> Json:
    first = playlist.videos[0].video_id if playlist.videos else "missing0000"
    image = {"thumbnailViewModel": {"image": {"sources": thumbnails(first)}}}
    return {
        "lockupViewModel": {
            "contentId": playlist.playlist_id,
            "contentType": "LOCKUP_CONTENT_TYPE_PLAYLIST",
            "contentImage": {"collectionThumbnailViewModel": {"primaryThumbnail": image}},
            "metadata": {"lockupMetadataViewModel": {"title": text(playlist.title)}},
        }
    }


def _lockup(video_id: str, title: str, rows: list[Json], badge: Json | None) -> Json:
    image: Json = {"image": {"sources": thumbnails(video_id)}}
    if badge:
        overlay = {"badges": [{"thumbnailBadgeViewModel": badge}]}
        image["overlays"] = [{"thumbnailBottomOverlayViewModel": overlay}]
    metadata: Json = {"title": text(title)}
    if rows:
        metadata["metadata"] = {"contentMetadataViewModel": {"metadataRows": rows}}
    return {
        "lockupViewModel": {
            "contentId": video_id,
            "contentType": "LOCKUP_CONTENT_TYPE_VIDEO",
            "contentImage": {"thumbnailViewModel": image},
            "metadata": {"lockupMetadataViewModel": metadata},
        }
    }


def _views_row(video: Video, faults: Collection[Fault]) -> Json:
    verb = "Streamed " if video.tab == "streams" else ""
    parts: list[Json] = [
        {"text": text(f"{short_count(video.views)} views")},
        {"text": text(verb + age(video.uploaded_at)), "accessibilityLabel": "age"},
    ]
    if Fault.UPCOMING in faults or Fault.PREMIERE in faults:
        parts = [{"text": text("Scheduled for 12/31/26, 8:00 PM"), "accessibilityLabel": "date"}]
    return {"metadataParts": parts}


def _channel_row(channel: Channel) -> Json:
    run = {"onTap": {"innertubeCommand": channel_endpoint(channel)}}
    return {"metadataParts": [{"text": {"content": channel.title, "commandRuns": [run]}}]}


def _badge(video: Video, faults: Collection[Fault]) -> Json:
    style = "THUMBNAIL_OVERLAY_BADGE_STYLE_DEFAULT"
    if Fault.LIVE_NOW in faults:
        return {"text": "LIVE", "badgeStyle": "THUMBNAIL_OVERLAY_BADGE_STYLE_LIVE"}
    upcoming = Fault.UPCOMING in faults or Fault.PREMIERE in faults
    return {"text": "Upcoming" if upcoming else clock(video.duration), "badgeStyle": style}

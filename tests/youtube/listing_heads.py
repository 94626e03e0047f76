"""What a listing's page says about its channel or its playlist."""

from __future__ import annotations

from .channels import Channel, Playlist
from .lockups import channel_endpoint
from .wire import Json


def _image(name: str) -> list[Json]:
    url = f"https://yt3.googleusercontent.com/{name}=s900"
    return [{"url": url, "width": 900, "height": 900}]


def channel_metadata(channel: Channel) -> Json:
    url = f"https://www.youtube.com/@{channel.handle}"
    return {
        "metadata": {
            "channelMetadataRenderer": {
                "title": channel.title,
                "description": channel.description,
                "externalId": channel.channel_id,
                "vanityChannelUrl": url,
                "ownerUrls": [url],
                "keywords": " ".join(f'"{tag}"' for tag in channel.tags),
                "avatar": {"thumbnails": _image(f"avatar-{channel.channel_id}")},
            }
        },
        "header": {"pageHeaderRenderer": {"content": {"pageHeaderViewModel": _header(channel)}}},
        "microformat": {
            "microformatDataRenderer": {
                "tags": list(channel.tags),
                "unlisted": False,
                "noindex": False,
            }
        },
    }


def _header(channel: Channel) -> Json:
    subscribers = {"text": {"content": f"{channel.subscribers} subscribers"}}
    rows = [{"metadataParts": [{"text": {"content": f"@{channel.handle}"}}, subscribers]}]
    banner = {"imageBannerViewModel": {"image": {"sources": _image("banner-" + channel.handle)}}}
    header: Json = {"metadata": {"contentMetadataViewModel": {"metadataRows": rows}}}
    if channel.verified:
        source = {"clientResource": {"imageName": "CHECK_CIRCLE_FILLED"}}
        image = {"type": {"imageType": {"image": {"sources": [source]}}}}
        runs = {"content": channel.title, "attachmentRuns": [{"element": image}]}
        header["title"] = {"dynamicTextViewModel": {"text": runs}}
    return header | {"banner": banner}


def playlist_metadata(playlist: Playlist) -> Json:
    owner = playlist.channel
    owner_text = {"runs": [{"text": owner.title, "navigationEndpoint": channel_endpoint(owner)}]}
    views = sum(video.views for video in playlist.videos)
    stats = [
        {"runs": [{"text": str(len(playlist.videos))}, {"text": " videos"}]},
        {"simpleText": f"{views:,} views"},
        {"runs": [{"text": "Last updated on "}, {"text": "Oct 1, 2026"}]},
    ]
    return {
        "metadata": {
            "playlistMetadataRenderer": {
                "title": playlist.title,
                "description": playlist.description,
            }
        },
        "header": {
            "playlistHeaderRenderer": {
                "playlistId": playlist.playlist_id,
                "title": {"simpleText": playlist.title},
                "ownerText": owner_text,
                "privacy": "PUBLIC",
            }
        },
        "sidebar": {
            "playlistSidebarRenderer": {
                "items": [{"playlistSidebarPrimaryInfoRenderer": {"stats": stats}}]
            }
        },
    }

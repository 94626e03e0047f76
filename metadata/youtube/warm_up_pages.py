"""The smallest pages that yt-dlp takes for YouTube's, for a warm-up without a network."""

from __future__ import annotations

import io
import json
from typing import Any, Final
from urllib.parse import urlsplit

from yt_dlp.networking import Response

VIDEO: Final = "warmup00000"
CHANNEL: Final = f"UC{'0' * 22}"
PLAYLIST: Final = f"UULF{'0' * 22}"

Json = dict[str, Any]


def answer(request: Any) -> Response:
    """In place of `YoutubeDL.urlopen`."""
    path = urlsplit(request.url).path
    if path.startswith("/youtubei/v1/player"):
        body, kind = json.dumps(_player()), "application/json"
    elif path == "/watch":
        body, kind = _page(_watch(), ytInitialPlayerResponse=_player()), "text/html"
    elif path == "/playlist":
        body, kind = _page(_tabs(_section(), _about_playlist())), "text/html"
    else:
        body, kind = _page(_tabs(_grid(), _about_channel())), "text/html"
    return Response(io.BytesIO(body.encode()), request.url, {"Content-Type": kind})


def _page(data: Json, **more: Json) -> str:
    said = {"ytInitialData": data, **more}
    variables = "".join(
        f"var {name} = {json.dumps(value)};</script><script>" for name, value in said.items()
    )
    client = {"clientName": "WEB", "clientVersion": "2.20260101.00.00", "hl": "en"}
    config = {
        "INNERTUBE_CONTEXT": {"client": client},
        "VISITOR_DATA": "none",
        "STS": 20000,
        "PLAYER_JS_URL": "/s/player/00000000/player_ias.vflset/en_US/base.js",
    }
    settings = f"ytcfg.set({json.dumps(config)});"
    return f"<html><script>{settings}</script><script>{variables}</script></html>"


def _player() -> Json:
    return {
        "playabilityStatus": {"status": "OK"},
        "videoDetails": {
            "videoId": VIDEO,
            "title": "A rehearsal",
            "lengthSeconds": "3",
            "channelId": CHANNEL,
            "author": "Nobody",
            "viewCount": "1",
            "shortDescription": "",
            "isLiveContent": False,
        },
        "streamingData": {
            "formats": [_format(18, 'video/mp4; codecs="avc1.42001E, mp4a.40.2"', height=360)],
            "adaptiveFormats": [
                _format(137, 'video/mp4; codecs="avc1.640028"', height=1080),
                _format(140, 'audio/mp4; codecs="mp4a.40.2"'),
            ],
        },
    }


def _format(itag: int, kind: str, *, height: int = 0) -> Json:
    size = {"width": height * 16 // 9, "height": height, "fps": 25} if height else {}
    return size | {
        "itag": itag,
        "url": f"https://rr1---sn-none.googlevideo.com/videoplayback?itag={itag}",
        "mimeType": kind,
        "bitrate": 1000,
        "averageBitrate": 1000,
        "contentLength": "1000",
        "approxDurationMs": "3000",
        "quality": "medium",
    }


def _watch() -> Json:
    title = {"runs": [{"text": "A rehearsal"}]}
    contents = [
        {"videoPrimaryInfoRenderer": {"title": title}},
        {"videoSecondaryInfoRenderer": {"owner": {"videoOwnerRenderer": {"title": title}}}},
    ]
    results = {"results": {"results": {"contents": contents}}}
    return {"contents": {"twoColumnWatchNextResults": results}}


def _tabs(content: Json, about: Json) -> Json:
    url = {"commandMetadata": {"webCommandMetadata": {"url": f"/channel/{CHANNEL}/videos"}}}
    tab = {"title": "Videos", "selected": True, "endpoint": url, "content": content}
    return {
        "contents": {"twoColumnBrowseResultsRenderer": {"tabs": [{"tabRenderer": tab}]}}
    } | about


def _section() -> Json:
    section = {"itemSectionRenderer": {"contents": [_lockup()]}}
    return {"sectionListRenderer": {"contents": [section]}}


def _grid() -> Json:
    return {"richGridRenderer": {"contents": [{"richItemRenderer": {"content": _lockup()}}]}}


def _lockup() -> Json:
    title = {"title": {"content": "A rehearsal"}}
    return {
        "lockupViewModel": {
            "contentId": VIDEO,
            "contentType": "LOCKUP_CONTENT_TYPE_VIDEO",
            "metadata": {"lockupMetadataViewModel": title},
        }
    }


def _about_playlist() -> Json:
    header = {"playlistHeaderRenderer": {"playlistId": PLAYLIST, "privacy": "PUBLIC"}}
    return {"metadata": {"playlistMetadataRenderer": {"title": "Videos"}}, "header": header}


def _about_channel() -> Json:
    return {"metadata": {"channelMetadataRenderer": {"title": "Nobody", "externalId": CHANNEL}}}

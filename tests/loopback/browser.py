"""A client that speaks to the loopback YouTube without yt-dlp."""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.youtube import LoopbackYouTube, Video
from tests.youtube.player import MEDIA_HOST


@contextmanager
def tunnel(
    youtube: LoopbackYouTube, host: str = MEDIA_HOST
) -> Iterator[http.client.HTTPSConnection]:
    context = ssl.create_default_context(cafile=youtube.ca_file)
    connection = http.client.HTTPSConnection("127.0.0.1", youtube.port, context=context, timeout=20)
    connection.set_tunnel(host)
    try:
        yield connection
    finally:
        connection.close()


def media_path(video: Video, itag: int = 18) -> str:
    return f"/videoplayback?id={video.video_id}&itag={itag}"


def control(port: int, method: str, path: str, asked: dict[str, Any] | None = None) -> Any:
    """The status and the JSON answered to a plain request to /control/…"""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request(method, path, json.dumps(asked) if asked is not None else None)
    answer = connection.getresponse()
    try:
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()

"""Gets ready, before the fork server forks, what each child would else load and build itself.

Nothing leaves the machine: a video is extracted and two listings are read from pages of our own
(`warm_up_pages`), and one request is refused by a closed port. What that leaves in memory (compiled
patterns, loaded extractors, handlers) is shared by all children: a child's first video takes 0.06 s
instead of 0.15 s and the import.
"""

from __future__ import annotations

import socket
from typing import Any, Final

from yt_dlp.globals import supported_js_runtimes

from jobs.processes.child import Events
from metadata.youtube import warm_up_pages
from metadata.youtube.client.client import FAILURES, VERSION, Ytdl
from metadata.youtube.client.options import Options, listing_options
from metadata.youtube.download import video
from metadata.youtube.listing import entries
from metadata.youtube.sources import Tab, channel_tab_url, playlist_url, video_url

_NO_PATIENCE: Final[Options] = {
    "retries": 0,
    "extractor_retries": 0,
    "socket_timeout": 1,
    "format": "bv*+ba/b",
    # deno is a process of 60 MB: the first child that meets a challenge runs it.
    "js_runtimes": {},
}


def warm_up(parameters: dict[str, Any], events: Events) -> dict[str, Any]:
    """Leaves no thread, no open socket and no file."""
    options = listing_options(proxy=None, cookies_file=None) | _NO_PATIENCE
    _extract_offline(options)
    _be_refused(options)
    video.warm()
    _remember_deno()
    return {"ytdlp_version": VERSION}


def _extract_offline(options: Options) -> None:
    ytdl = Ytdl(options, _Silence())
    ytdl.ydl.urlopen = warm_up_pages.answer
    entries.full(ytdl.visit(video_url(warm_up_pages.VIDEO)))
    tab = channel_tab_url(warm_up_pages.CHANNEL, Tab.VIDEOS)
    for url in (playlist_url(warm_up_pages.PLAYLIST), tab):
        found = list(ytdl.open(url)["entries"])
        entries.flat(found[0], tab="videos", channel={})
    ytdl.close()


def _be_refused(options: Options) -> None:
    with socket.socket() as closed:
        # Bound but not listening: nobody else can have this port meanwhile.
        closed.bind(("127.0.0.1", 0))
        proxy = f"http://127.0.0.1:{closed.getsockname()[1]}"
        ytdl = Ytdl({**options, "proxy": proxy}, _Silence())
        try:
            ytdl.visit(video_url(warm_up_pages.VIDEO))
        except FAILURES:
            pass
        finally:
            ytdl.close()


def _remember_deno() -> None:
    """yt-dlp asks for deno's version in every process, 30 ms each; its children know it already."""
    deno = supported_js_runtimes.value.get("deno")
    if deno is not None:
        deno.info = deno().info


class _Silence(Events):
    """Nobody listens to a warm-up."""

    def __init__(self) -> None:
        """Without a socket."""

    def send(self, event: str, **fields: Any) -> None:
        """Nothing."""

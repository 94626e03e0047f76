"""Answers for one video: its page, the player, the media, captions and thumbnails."""

from __future__ import annotations

from .captions import captions_answer
from .faults import Fault
from .media import Pace, media_answer, media_of
from .pages import watch_page
from .player import Player
from .watch import initial_data
from .wire import Answer, Request, json_answer, status_answer
from .world import World

# A stream on the air is listed with its formats; there is nothing to record behind them.
MANIFEST = b"""#EXTM3U
#EXT-X-STREAM-INF:BANDWIDTH=300000,CODECS="avc1.42c01e,mp4a.40.2",RESOLUTION=640x360,FRAME-RATE=10
https://manifest.googlevideo.com/api/manifest/hls_playlist/itag/93/index.m3u8
"""


class Cinema:
    def __init__(self, world: World) -> None:
        self._world = world
        self._player = Player(world.faults, world.clips)
        self._pace = Pace(world.closing, lambda: world.settings.bytes_per_second)

    def page(self, video_id: str, playlist_id: str = "") -> Answer:
        world = self._world
        world.counters.count("page", video_id)
        refusal = world.refusal(video_id)
        video = world.catalogue.video(video_id)
        data = initial_data(video, world.catalogue.playlist(playlist_id))
        trouble = world.trouble(video_id, "page")
        return trouble or watch_page(data, self._player.page_answer(video, video_id, refusal))

    def player(self, request: Request) -> Answer:
        world = self._world
        video_id = str(request.json().get("videoId", ""))
        world.counters.count("player", video_id)
        world.faults.refresh(video_id)
        refusal = world.refusal(video_id)
        video = world.catalogue.video(video_id)
        trouble = world.trouble(video_id, "player")
        return trouble or json_answer(self._player.answer(video, video_id, refusal))

    def next(self, request: Request) -> Answer:
        video_id = str(request.json().get("videoId", ""))
        self._world.counters.count("next", video_id)
        data = initial_data(self._world.catalogue.video(video_id))
        return self._world.trouble(video_id, "next") or json_answer(data)

    def media(self, request: Request) -> Answer:
        if request.path.startswith("/api/manifest/"):
            return Answer(200, MANIFEST, "application/vnd.apple.mpegurl")
        world = self._world
        video_id = request.query.get("id", "")
        world.counters.count("media", video_id)
        video = world.catalogue.video(video_id)
        itag = request.query.get("itag", "")
        if video is None or not itag.isdecimal():
            return status_answer(404)
        too_short = Fault.MEDIA_SHORT in world.faults.of(video_id)
        media = media_of(video, int(itag), world.clips, too_short=too_short)
        if media is None:
            return status_answer(404)
        trouble = world.faults.strike(video_id, "media")
        return media_answer(request, media, self._pace, trouble)

    def captions(self, request: Request) -> Answer:
        video_id, language = request.query.get("v", ""), request.query.get("lang", "")
        self._world.counters.count("captions", video_id)
        video = self._world.catalogue.video(video_id)
        if video is None or language not in video.captions:
            return status_answer(404)
        shown = request.query.get("tlang") or language
        answer = captions_answer(video, shown, request.query.get("fmt", ""))
        return self._world.trouble(video_id, "captions") or answer

    def thumbnail(self, request: Request) -> Answer:
        video_id = request.path.split("/")[2] if request.path.count("/") > 1 else request.path
        self._world.counters.count("thumbnails", video_id)
        extension = "webp" if request.path.endswith(".webp") else "jpg"
        mime = "image/webp" if extension == "webp" else "image/jpeg"
        picture = Answer(200, self._world.clips.picture_of(video_id, extension), mime)
        return self._world.trouble(video_id, "thumbnails") or picture

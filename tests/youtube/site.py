"""Who answers what: hosts and paths."""

from __future__ import annotations

from .cinema import Cinema
from .directory import Directory
from .pages import EMPTY_PAGE
from .wire import Answer, Request, html_answer, status_answer
from .world import World

VIDEO_PATHS = ("shorts", "live", "embed", "v", "e")


class Site:
    def __init__(self, world: World) -> None:
        self._world = world
        self._cinema, self._directory = Cinema(world), Directory(world)
        self._posts = {
            "/youtubei/v1/player": self._cinema.player,
            "/youtubei/v1/next": self._cinema.next,
            "/youtubei/v1/browse": self._directory.browse,
            "/youtubei/v1/navigation/resolve_url": self._directory.resolve,
        }

    def answer(self, request: Request) -> Answer:
        settings = self._world.settings
        if settings.latency:
            self._world.closing.wait(settings.latency)
        refused = settings.refusal(tunnel=False)
        if refused is not None:
            return status_answer(refused)
        return self._route(request)

    def _route(self, request: Request) -> Answer:
        if request.host.endswith(".googlevideo.com"):
            return self._cinema.media(request)
        if request.host.endswith((".ytimg.com", ".googleusercontent.com")):
            return self._cinema.thumbnail(request)
        if request.host == "youtu.be":
            return _moved(f"https://www.youtube.com/watch?v={request.path[1:]}")
        if request.method == "POST":
            post = self._posts.get(request.path)
            return post(request) if post else status_answer(404)
        return self._page(request)

    def _page(self, request: Request) -> Answer:
        first, _, rest = request.path.strip("/").partition("/")
        if request.path == "/api/timedtext":
            return self._cinema.captions(request)
        if first == "watch":
            return self._cinema.page(request.query.get("v", ""), request.query.get("list", ""))
        if first in VIDEO_PATHS and rest:
            return self._cinema.page(rest)
        if first in ("", "tv", "t"):
            return html_answer(EMPTY_PAGE)
        return self._directory.page(request)


def _moved(url: str) -> Answer:
    return Answer(303, headers=(("Location", url),))

"""Answers for listings: a tab's or a playlist's page, and what follows it, with their faults."""

from __future__ import annotations

from collections.abc import Callable

from .addresses import listing_at, listing_of_url, owner_keys
from .channels import Channel, Video
from .faults import Fault, Stage
from .listings import Listings, Place
from .pages import alert, data_page
from .watch import initial_data
from .wire import Answer, Json, Request, dump, html_answer, json_answer, status_answer
from .world import World, trouble_answer

NO_PLAYLIST = "The playlist does not exist."
TERMINATED = (
    "This account has been terminated due to multiple or severe violations of YouTube's policy "
    "against spam, deceptive practices, and misleading content or other Terms of Service "
    "violations."
)
# The button "show unavailable videos" of a playlist.
SHOW_LOST = "wgYCCAA="


class Directory:
    def __init__(self, world: World) -> None:
        self._world = world
        self._listings = Listings(world.catalogue, world.faults)
        self._kept: dict[tuple[object, ...], bytes] = {}
        self._kept_of = world.version()

    def page(self, request: Request) -> Answer:
        place = listing_at(request.path, request.query, self._world.catalogue)
        if place is None:
            self._world.counters.count("page", request.path)
            return status_answer(404)
        self._world.counters.count("page", place.owner)
        trouble = self._trouble(place, "page")
        if trouble:
            return trouble
        body = self._keep(
            ("page", place), lambda: data_page(self._first(place, with_lost=False) or {})
        )
        return html_answer(body)

    def resolve(self, request: Request) -> Answer:
        url = str(request.json().get("url", ""))
        place = listing_of_url(url, self._world.catalogue)
        self._world.counters.count("resolve", place.owner if place else url)
        if place is None:
            return status_answer(404)
        prefix = "VL" if place.tab == "list" else ""
        endpoint = {"browseId": prefix + place.owner, "params": place.tab}
        trouble = self._trouble(place, "resolve")
        return trouble or json_answer({"endpoint": {"browseEndpoint": endpoint}})

    def browse(self, request: Request) -> Answer:
        asked = request.json()
        token = asked.get("continuation")
        place = Place.from_token(token) if token else _browsed(asked)
        self._world.counters.count("browse", place.owner)
        trouble = self._trouble(place, "browse")
        if trouble:
            return trouble
        with_lost = asked.get("params") == SHOW_LOST
        made = self._keep(
            ("browse", place, with_lost), lambda: dump(self._browsed(place, with_lost=with_lost))
        )
        return Answer(200, made) if made != b"null" else status_answer(404)

    def _browsed(self, place: Place, *, with_lost: bool) -> Json | None:
        if place.page:
            return self._listings.continuation(place)
        return self._first(place, with_lost=with_lost)

    def _first(self, place: Place, *, with_lost: bool) -> Json | None:
        faults = self._world.faults.of(place.owner)
        if faults & {Fault.CHANNEL_TERMINATED, Fault.TERMINATED}:
            return alert(TERMINATED)
        if place.tab != "list":
            channel = self._world.catalogue.channel(place.owner)
            return self._channel_page(channel, place.tab) if channel else None
        playlist = self._world.catalogue.playlist(place.owner)
        if playlist is None or faults & {Fault.PLAYLIST_PRIVATE, Fault.PRIVATE}:
            return alert(NO_PLAYLIST)
        if self._is_terminated(playlist.channel.channel_id):
            return alert(NO_PLAYLIST)
        return self._listings.playlist_page(playlist, with_lost=with_lost)

    def _channel_page(self, channel: Channel, tab: str) -> Json:
        # /live leads to the stream that is on the air, if there is one.
        on_air = self._on_air(channel) if tab == "live" else None
        return initial_data(on_air) if on_air else self._listings.channel_page(channel, tab)

    def _on_air(self, channel: Channel) -> Video | None:
        faults = self._world.faults
        return next((v for v in channel.streams if Fault.LIVE_NOW in faults.of(v.video_id)), None)

    def _is_terminated(self, channel_id: str) -> bool:
        faults = self._world.faults.of(channel_id)
        return bool(faults & {Fault.CHANNEL_TERMINATED, Fault.TERMINATED})

    def _trouble(self, place: Place, stage: Stage) -> Answer | None:
        for key in owner_keys(place, self._world.catalogue):
            trouble = self._world.faults.strike(key, stage, place.page)
            if trouble:
                return trouble_answer(trouble)
        return None

    def _keep(self, key: tuple[object, ...], make: Callable[[], bytes]) -> bytes:
        """Answers are serialised once and thrown away when anything changes."""
        version = self._world.version()
        if version != self._kept_of:
            self._kept, self._kept_of = {}, version
        kept = self._kept
        if key not in kept:
            kept[key] = make()
        return kept[key]


def _browsed(asked: Json) -> Place:
    browse_id = str(asked.get("browseId", ""))
    if browse_id.startswith("VL"):
        return Place(browse_id[2:], "list")
    return Place(browse_id, str(asked.get("params", "featured")))

"""Everything that can be turned while the loopback YouTube runs."""

from __future__ import annotations

from .catalogue import Catalogue
from .channels import Channel, Playlist, Video
from .counters import Counters
from .faults import LISTING_TROUBLES, Fault
from .world import World

LISTING_FAULTS = frozenset(LISTING_TROUBLES) | {
    Fault.CHANNEL_TERMINATED,
    Fault.TERMINATED,
    Fault.PLAYLIST_PRIVATE,
    Fault.PRIVATE,
}


class Steering:
    def __init__(self) -> None:
        self._world = World()

    @property
    def catalogue(self) -> Catalogue:
        return self._world.catalogue

    @property
    def counters(self) -> Counters:
        return self._world.counters

    @property
    def latency(self) -> float:
        """Seconds before each answer."""
        return self._world.settings.latency

    @latency.setter
    def latency(self, seconds: float) -> None:
        self._world.settings.latency = seconds

    @property
    def bytes_per_second(self) -> int | None:
        """Speed of media on each connection; None is unlimited."""
        return self._world.settings.bytes_per_second

    @bytes_per_second.setter
    def bytes_per_second(self, speed: int | None) -> None:
        self._world.settings.bytes_per_second = speed

    def fault(self, video: str | Video, fault: Fault) -> None:
        """A video may have several faults at once."""
        self._world.faults.set(_key(video), Fault(fault))

    def heal(self, key: str | Video | Channel | Playlist, fault: Fault | None = None) -> None:
        """Takes back one fault of a video, channel or playlist, or all of them."""
        self._world.faults.heal(_key(key), fault)

    def fault_listing(
        self, listing: str | Channel | Playlist, fault: Fault, *, page: int | None = 3
    ) -> None:
        """`page` is the continuation at fault, counted as in yt-dlp's messages; 0 is a playlist's
        first answer, None every one. A channel's fault holds for all its tabs and uploads lists;
        "UC…/videos" and "UULF…" name one of them."""
        if fault not in LISTING_FAULTS:
            raise ValueError(f"{fault} is no fault of a listing")
        self._world.faults.set(_key(listing), Fault(fault), page)

    def refuse_everything(
        self,
        status: int = 429,
        *,
        requests: int | None = None,
        seconds: float | None = None,
        tunnels: bool = False,
    ) -> None:
        """Every request gets `status`: the next K, for S seconds, or until `allow_everything`.

        With `tunnels` the proxy itself refuses to connect, as it did where the facts were
        measured; without, the refusal comes from inside, as YouTube's would."""
        self._world.settings.refuse(status, requests=requests, seconds=seconds, tunnels=tunnels)

    def allow_everything(self) -> None:
        self._world.settings.allow()

    def bot_check_after(self, videos: int | None) -> None:
        """All but the first N videos watched from now on are asked whether they are a bot."""
        self._world.settings.check_for_bots_after(videos)


def _key(thing: str | Video | Channel | Playlist) -> str:
    if isinstance(thing, Video):
        return thing.video_id
    if isinstance(thing, Channel):
        return thing.channel_id
    return thing.playlist_id if isinstance(thing, Playlist) else thing

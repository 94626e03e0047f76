"""Steering from another process: plain HTTP to /control/… on the same port."""

from __future__ import annotations

from collections.abc import Callable

from .channels import Channel
from .faults import Fault
from .steering import Steering
from .wire import Answer, Json, Request, json_answer


class Control:
    def __init__(self, youtube: Steering) -> None:
        self._youtube = youtube
        self._actions: dict[tuple[str, str], Callable[[Json], Json]] = {
            ("GET", "/control/counters"): self._counters,
            ("GET", "/control/channels"): self._channels,
            ("POST", "/control/reset"): self._reset,
            ("POST", "/control/fault"): self._fault,
            ("POST", "/control/heal"): self._heal,
            ("POST", "/control/refuse"): self._refuse,
            ("POST", "/control/allow"): self._allow,
            ("POST", "/control/bot"): self._bot,
            ("POST", "/control/settings"): self._settings,
            ("POST", "/control/channel"): self._channel,
            ("POST", "/control/video"): self._video,
            ("POST", "/control/remove"): self._remove,
        }

    def answer(self, request: Request) -> Answer:
        action = self._actions.get((request.method, request.path))
        if action is None:
            return json_answer({"error": f"no {request.method} {request.path}"}, 404)
        try:
            return json_answer(action(request.json()))
        except (KeyError, TypeError, ValueError) as error:
            return json_answer({"error": f"{type(error).__name__}: {error}"}, 400)

    def _counters(self, asked: Json) -> Json:
        counters = self._youtube.counters
        shown = counters.snapshot()
        return {
            "counters": shown,
            "totals": {kind: sum(times.values()) for kind, times in shown.items()},
            "videos_asked": sorted(counters.videos_asked()),
        }

    def _channels(self, asked: Json) -> Json:
        return {c.handle: described(c) for c in self._youtube.catalogue.channels()}

    def _reset(self, asked: Json) -> Json:
        self._youtube.counters.reset()
        return {}

    def _fault(self, asked: Json) -> Json:
        fault = Fault(asked["fault"])
        if "listing" in asked:
            self._youtube.fault_listing(asked["listing"], fault, page=asked.get("page", 3))
        else:
            self._youtube.fault(asked["video_id"], fault)
        return {"fault": fault}

    def _heal(self, asked: Json) -> Json:
        self._youtube.heal(asked.get("video_id") or asked["listing"])
        return {}

    def _refuse(self, asked: Json) -> Json:
        self._youtube.refuse_everything(**asked)
        return {}

    def _allow(self, asked: Json) -> Json:
        self._youtube.allow_everything()
        return {}

    def _bot(self, asked: Json) -> Json:
        self._youtube.bot_check_after(asked["videos"])
        return {}

    def _settings(self, asked: Json) -> Json:
        youtube = self._youtube
        youtube.latency = float(asked.get("latency", youtube.latency))
        youtube.bytes_per_second = asked.get("bytes_per_second", youtube.bytes_per_second)
        return {"latency": youtube.latency, "bytes_per_second": youtube.bytes_per_second}

    def _channel(self, asked: Json) -> Json:
        return described(self._youtube.catalogue.add_channel(**asked))

    def _video(self, asked: Json) -> Json:
        channel = self._youtube.catalogue.channel(asked.pop("channel"))
        if channel is None:
            raise ValueError("no such channel")
        return {"video_id": self._youtube.catalogue.add_video(channel, **asked).video_id}

    def _remove(self, asked: Json) -> Json:
        self._youtube.catalogue.remove_video(asked["video_id"])
        return {}


def described(channel: Channel) -> Json:
    return {
        "channel_id": channel.channel_id,
        "title": channel.title,
        "videos": [video.video_id for video in channel.videos],
        "shorts": [video.video_id for video in channel.shorts],
        "streams": [video.video_id for video in channel.streams],
        "playlists": [playlist.playlist_id for playlist in channel.playlists],
    }

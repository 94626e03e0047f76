"""What can be turned while the loopback YouTube runs: speed, general refusals, the bot check."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass


@dataclass(slots=True)
class Refusing:
    """The next `requests` requests get `status`, or all until `until`, or all for good."""

    status: int
    requests: int | None = None
    until: float | None = None
    tunnels: bool = False


class Settings:
    def __init__(self) -> None:
        self.latency = 0.0
        self.bytes_per_second: int | None = None
        self._lock = threading.Lock()
        self._refusing: Refusing | None = None
        self._bot_after: int | None = None
        self._watched: set[str] = set()

    def refuse(
        self, status: int, *, requests: int | None, seconds: float | None, tunnels: bool
    ) -> None:
        until = None if seconds is None else time.monotonic() + seconds
        with self._lock:
            self._refusing = Refusing(status, requests, until, tunnels)

    def allow(self) -> None:
        with self._lock:
            self._refusing = None

    def refusal(self, *, tunnel: bool) -> int | None:
        """The status with which this request is refused; each call uses up one refusal."""
        if self._refusing is None:
            return None
        with self._lock:
            refusing = self._refusing
            if refusing is None or (tunnel and not refusing.tunnels):
                return None
            if refusing.until is not None and time.monotonic() >= refusing.until:
                self._refusing = None
                return None
            if refusing.requests is not None:
                refusing.requests -= 1
                if refusing.requests <= 0:
                    self._refusing = None
            return refusing.status

    def check_for_bots_after(self, videos: int | None) -> None:
        with self._lock:
            self._bot_after = videos
            self._watched.clear()

    def takes_for_bot(self, video_id: str) -> bool:
        """Whether the bot check meets this video: one beyond the first N that were watched."""
        if self._bot_after is None:
            return False
        with self._lock:
            if video_id not in self._watched and len(self._watched) < (self._bot_after or 0):
                self._watched.add(video_id)
            return video_id not in self._watched

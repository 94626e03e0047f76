"""When periodic work is due, on this process's own clock."""

from __future__ import annotations

import time


class Intervals:
    """`due` answers yes once per interval; a missed interval is not made up for."""

    def __init__(self) -> None:
        self._last: dict[str, float] = {}
        self._gap: dict[str, float] = {}

    def due(self, name: str, every_s: float) -> bool:
        now = time.monotonic()
        last = self._last.get(name)
        if last is not None and now - last < every_s:
            return False
        self._gap[name] = 0 if last is None else now - last
        self._last[name] = now
        return True

    def was_late(self, name: str, limit_s: float) -> bool:
        """Whether the last interval was longer than `limit_s`: we were stopped or asleep."""
        return self._gap.get(name, 0) > limit_s

"""Hearing that the job table changed: `data_version` on SQLite, LISTEN on PostgreSQL."""

from __future__ import annotations

import time
from typing import Any, Final

from django.db import connection

CHANNEL: Final = "videomind_jobs"
LOOK_S: Final = 0.02


class Notifier:
    """`wait` answers whether something changed since the last answer."""

    def __init__(self) -> None:
        self._version: int | None = None
        self._listening: Any = None

    def wait(self, timeout: float) -> bool:
        # What the driver raises by itself would end the pusher, and with it all work.
        with connection.wrap_database_errors:
            if connection.vendor == "sqlite":
                return self._watch_version(timeout)
            return self._listen(timeout)

    def _watch_version(self, timeout: float) -> bool:
        """The pragma changes when another connection has committed; looking costs microseconds."""
        until = time.monotonic() + timeout
        while True:
            connection.ensure_connection()
            version = connection.connection.execute("PRAGMA data_version").fetchone()[0]
            if version != self._version:
                self._version = version
                return True
            if time.monotonic() >= until:
                return False
            time.sleep(LOOK_S)

    def _listen(self, timeout: float) -> bool:
        connection.ensure_connection()
        raw = connection.connection
        if raw is not self._listening:
            with connection.cursor() as cursor:
                cursor.execute(f"LISTEN {CHANNEL}")
            self._listening = raw
            return True
        return any(True for _ in raw.notifies(timeout=timeout, stop_after=1))

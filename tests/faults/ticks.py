"""What the schedules of the fault tests call: one line in a ledger."""

from __future__ import annotations

import os
import time


def tick(number: int, path: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.write(descriptor, f"{number} tick {os.getpid()} {time.monotonic():.6f}\n".encode())
    os.close(descriptor)

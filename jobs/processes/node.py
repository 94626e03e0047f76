"""Who this process is: its node's name, its worker's name, and what the supervisor shares."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ThisNode:
    """Set before the fork by the supervisor; a foreground command has no fork server."""

    name: str
    host: str
    fork_server: Path | None = None

    @property
    def worker_id(self) -> str:
        return f"{self.name}/{os.getpid()}"


_this: ThisNode | None = None


def host_name() -> str:
    return os.environ.get("NODE_HOST") or socket.gethostname()


def this_node() -> ThisNode:
    global _this
    if _this is None:
        _this = ThisNode(name=f"{host_name()}:{os.getpid()}", host=host_name())
    return _this


def become(this: ThisNode) -> None:
    """Changes who this process is, and all that it forks."""
    global _this
    _this = this

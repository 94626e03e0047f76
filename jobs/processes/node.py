"""Who this process is: its node's name, its worker's name, and what the supervisor shares."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass, replace
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ThisNode:
    """Set before the fork by the supervisor; a foreground command has no server and no slot."""

    name: str
    host: str
    fork_server: Path | None = None
    slot: int | None = None
    """Which of the node's worker slots is ours."""

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


def become(
    *, name: str | None = None, fork_server: Path | None = None, slot: int | None = None
) -> None:
    """Changes who this process is; what is not named stays."""
    global _this
    now = this_node()
    _this = replace(
        now,
        name=name or now.name,
        fork_server=fork_server or now.fork_server,
        slot=now.slot if slot is None else slot,
    )

"""Two machines under one host name would take each other's workers for dead, and start their jobs.

A pid says something only on the machine, and in the pid namespace, that it is of.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from django.db.models import QuerySet

from jobs.models import Node
from jobs.processes import node, pids

logger = logging.getLogger(__name__)


class HostConflict(Exception):
    """Another machine that lives calls itself by our name."""

    def __init__(self, other: str) -> None:
        super().__init__(
            f"Another machine works as {node.host_name()!r} too (node {other})."
            " Give each host a name of its own with NODE_HOST."
        )


def refuse(rest: Callable[[], bool]) -> None:
    """Raises HostConflict. `rest` waits for a moment and answers whether to go on waiting.

    A machine that was heard of lately may have been killed since, or be this one before it was
    started anew: only its next beat tells, or its silence.
    """
    heard = _heard()
    for name in heard:
        logger.info("Node %s may be another machine of our name: listening for it", name)
    while heard and rest():
        before, heard = heard, _heard()
        if speaking := heard.items() - before.items():
            raise HostConflict(min(name for name, _ in speaking))


def refuse_anybody() -> None:
    """Raises HostConflict. For a moment at which whoever is heard has just begun to speak."""
    if heard := _heard():
        raise HostConflict(min(heard))


def _heard() -> dict[str, datetime]:
    """When each of them was heard of last, by node."""
    return dict(_others_of_our_name().values_list("name", "heartbeat_at"))


def _others_of_our_name() -> QuerySet[Node]:
    """A node of a version before this one says no machine."""
    return Node.objects.heard_on(node.host_name()).exclude(machine__in=["", pids.machine()])

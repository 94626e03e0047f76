"""The node's row: said at the start, kept by its heartbeat, gone at the end."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass, field
from datetime import datetime

from django.db import DatabaseError
from django.db.models.functions import Now
from django.utils import timezone

from jobs.models import Node
from jobs.processes import node, pids
from jobs.supervisor.signals import Stops
from videomind.version import VERSION

logger = logging.getLogger(__name__)


@dataclass
class NodeRow:
    """What the others know of this node."""

    workers: int
    stops: Stops
    started_at: datetime = field(default_factory=timezone.now)

    def say(self) -> None:
        Node.objects.update_or_create(
            name=node.this_node().name,
            defaults={
                "host": node.host_name(),
                "machine": pids.machine(),
                "pid": os.getpid(),
                "version": VERSION,
                "workers": self.workers,
                "started_at": self.started_at,
                "heartbeat_at": Now(),
                "draining": bool(self.stops.count),
                "disk_looked_at": None,
            },
        )

    def beat(self) -> None:
        """After a long silence others may have forgotten the row."""
        ours = Node.objects.filter(name=node.this_node().name)
        if not ours.update(heartbeat_at=Now(), draining=bool(self.stops.count)):
            self.say()

    def remove(self) -> None:
        """Another machine's row of the same name stays."""
        try:
            here = Node.objects.filter(machine=pids.machine())
            here.filter(name=node.this_node().name).delete()
        except DatabaseError:
            logger.warning("The node's row stays: the database does not answer")

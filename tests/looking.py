"""What the supervisor does with its own disk: one look, noted in its node's row; then the holds."""

from __future__ import annotations

import os

from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string

from jobs.lanes import holds
from jobs.models import DiskLook, Node
from jobs.processes import node


def our_node(**columns: object) -> Node:
    """The row of this process, as if it were a supervisor that has just beaten."""
    at, me = timezone.now(), node.this_node()
    usual = {"host": me.host, "pid": os.getpid(), "workers": 1, "started_at": at}
    return Node.objects.update_or_create(
        name=me.name, defaults={**usual, "heartbeat_at": at, **columns}
    )[0]


def look() -> DiskLook:
    """At the disk as it is, in this process."""
    known = import_string(settings.DISK_KNOWN)()
    found: DiskLook = import_string(settings.DISK_LOOK)(**known)
    return found


def note_look() -> None:
    Node.objects.filter(pk=our_node().pk).note_look(look())


def look_and_hold() -> frozenset[str]:
    note_look()
    return holds.look()

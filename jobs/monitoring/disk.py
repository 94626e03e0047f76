"""What is known of this host's disk: who asks reads its node's row, and never touches the disk."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django.db.models import F

from jobs.models import Node
from jobs.processes.node import host_name
from videomind.database import clock


def reasons() -> Iterator[str]:
    """Why this host is not ready. Where no supervisor is, nobody looks and nothing is said."""
    latest = F("disk_looked_at").desc(nulls_last=True)
    node = Node.objects.filter(host=host_name()).order_by(latest).first()
    if node is None:
        return
    if node.look_is_overdue(clock.database_now()):
        since = node.disk_looked_at
        yield (
            f"The media folder does not answer since {since:%Y-%m-%d %H:%M:%S} UTC."
            if since
            else "The media folder has not been looked at yet."
        )
    elif node.disk_said:
        yield node.disk_said
    elif node.disk_free is not None and node.disk_free < settings.MIN_FREE_DISK:
        yield "Less space is free than the configured minimum."

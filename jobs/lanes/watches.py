"""What the supervisor goes by where no job needs to try: each answers "" or a sentence."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.template.defaultfilters import filesizeformat

from jobs.models import Node
from jobs.processes.node import this_node
from videomind.database import clock

# A little more room than the floor before work goes on, so that a hold does not flutter.
MARGIN = 1.05


def disk(since: datetime | None) -> str:
    """Whether the media root's disk had MIN_FREE_DISK left at the last look."""
    node = _node()
    if _is_from_before(node, since):
        return _not_since(node)
    floor = settings.MIN_FREE_DISK * (MARGIN if since else 1)
    if node.disk_free is None or node.disk_free >= floor:
        return ""
    return (
        f"{filesizeformat(node.disk_free)} are free where the library is;"
        f" MIN_FREE_DISK is {filesizeformat(settings.MIN_FREE_DISK)}."
    )


def media_root(since: datetime | None) -> str:
    """Whether the library's disk was there at the last look, and answers."""
    node = _node()
    if node.look_is_overdue(clock.database_now()) or _is_from_before(node, since):
        return _not_since(node)
    return node.disk_detail


def _node() -> Node:
    """This supervisor's row; one that others have forgotten says nothing until the next beat."""
    return Node.objects.filter(name=this_node().name).first() or Node()


def _is_from_before(node: Node, since: datetime | None) -> bool:
    """A look from before a hold does not end it: a job has met more than that found."""
    return since is not None and (node.disk_looked_at is None or node.disk_looked_at < since)


def _not_since(node: Node) -> str:
    if node.disk_looked_at is None:
        return "The library's disk has not answered yet."
    return f"The library's disk does not answer since {node.disk_looked_at:%Y-%m-%d %H:%M:%S} UTC."

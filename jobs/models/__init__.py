"""The job table is the truth: a file per table, its querysets beside it."""

from jobs.models.attempts import Attempt
from jobs.models.job import SECONDS_PER_PRIORITY_POINT, Job, JobQuerySet, Priority, rank
from jobs.models.lanes import Lane
from jobs.models.links import PUT_OFF, STILL_TO_COME, Link, LinkQuerySet
from jobs.models.nodes import DiskLook, Node, disk_hangs

__all__ = [
    "PUT_OFF",
    "SECONDS_PER_PRIORITY_POINT",
    "STILL_TO_COME",
    "Attempt",
    "DiskLook",
    "Job",
    "JobQuerySet",
    "Lane",
    "Link",
    "LinkQuerySet",
    "Node",
    "Priority",
    "disk_hangs",
    "rank",
]

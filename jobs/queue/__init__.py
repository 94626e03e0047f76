"""The door: enqueue, retry, cancel. Everybody who wants work done comes through here.

Enqueueing is a plain INSERT in the caller's transaction: it is there when that commits, and not
before.
"""

from jobs.queue.cancellation import cancel
from jobs.queue.priority import set_priority
from jobs.queue.rounds import retry
from jobs.queue.submission import (
    DEFAULTS,
    Enqueued,
    Options,
    build,
    enqueue,
    enqueue_many,
    kind_or_refuse,
    submit,
)

__all__ = [
    "DEFAULTS",
    "Enqueued",
    "Options",
    "build",
    "cancel",
    "enqueue",
    "enqueue_many",
    "kind_or_refuse",
    "retry",
    "set_priority",
    "submit",
]

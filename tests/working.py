"""A worker's turn without its supervisor: one job, here and now, and children that are forked."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from jobs.execution import claim, runner
from jobs.models import Link
from jobs.processes import node
from jobs.processes.fork_server_keeper import ForkServerKeeper


def link(waiter_id: int, needed_id: int) -> None:
    """Makes a job wait for another, as for its own."""
    Link.objects.get_or_create(waiter_id=waiter_id, needed_id=needed_id)


def run_next() -> bool:
    """Claims and runs one job; False when nothing was due."""
    claimed = claim.claim()
    if claimed is not None:
        runner.run(claimed)
    return claimed is not None


@contextmanager
def kept_fork_server() -> Iterator[ForkServerKeeper]:
    """Children that are forked warm: a fresh interpreter for each would take 0.7 s."""
    keeper = ForkServerKeeper()
    over = threading.Event()

    def keep() -> None:
        while not over.wait(0.02):
            keeper.answer()

    thread = threading.Thread(target=keep)
    thread.start()
    yield keeper
    over.set()
    thread.join()
    keeper.close()


@contextmanager
def forking_through(keeper: ForkServerKeeper) -> Iterator[None]:
    before = node.this_node()
    node.become(node.ThisNode(name="test", host="test", fork_server=keeper.path))
    yield
    node.become(before)

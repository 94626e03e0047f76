"""Two listings at once: neither waits for a row of the other's while the other waits for its."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction

from jobs import kinds, queue
from jobs.models import Job
from tests.kinds import TryForm

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]


def insert(name: str) -> int:
    form = TryForm({"name": name})
    assert form.is_valid()
    return queue.enqueue_many([queue.build(kinds.kind("trial_sleep"), form)])


def test_two_listings_that_share_videos_in_different_orders_do_not_deadlock() -> None:
    """The second begins while the first is between its rows, and has to wait for its end."""
    begun, inserted = threading.Event(), []

    def second() -> None:
        try:
            with transaction.atomic():
                inserted.append(insert("b"))
                begun.set()
                inserted.append(insert("a"))
        finally:
            connection.close()

    thread = threading.Thread(target=second)
    with transaction.atomic():
        assert insert("a") == 1
        thread.start()
        assert not begun.wait(0.3)
        assert insert("b") == 1
    thread.join()
    assert inserted == [0, 0]
    assert Job.objects.count() == 2

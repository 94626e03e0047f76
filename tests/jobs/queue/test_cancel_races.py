"""Parents that share a child and are cancelled at once: one of the two cancels it."""

from __future__ import annotations

from threading import Thread

import pytest
from django.db import connection, transaction

from jobs import queue
from jobs.models import Job
from jobs.queue import Options
from jobs.states import Status
from tests.jobs.conftest import Submit
from tests.working import link

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]


def test_a_child_of_two_parents_that_are_cancelled_at_once_is_cancelled(submit: Submit) -> None:
    one, two = submit("noop"), submit("noop")
    child = submit("noop", options=Options(parent_id=one.pk))
    for parent in (one, two):
        link(parent.pk, child.pk)

    def cancel_the_other() -> None:
        try:
            queue.cancel(two)
        finally:
            connection.close()

    other = Thread(target=cancel_the_other)
    with transaction.atomic():
        queue.cancel(one)
        other.start()
        # It ends by then, or waits for us to end: what it may not do is to look past us.
        other.join(0.1)
    other.join()
    statuses = Job.objects.values_list("status", flat=True)
    assert set(statuses) == {Status.CANCELLED}

"""The messages of django-q2's own that our broker hands out beside its wake-ups."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from django_q.models import OrmQ

from jobs.cluster.broker import JobBroker

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]


def test_a_schedules_tick_that_was_lost_is_handed_out_again_within_minutes() -> None:
    """Its worker was killed before it acknowledged; `retry` alone would hide it for eight hours."""
    broker = JobBroker("videomind")
    sent = broker.enqueue("a signed package")
    assert broker._stored_message() == [(sent, "a signed package")]
    assert broker._stored_message() is None
    lock = OrmQ.objects.get(pk=sent).lock
    assert lock < timezone.now() + timedelta(minutes=6)
    OrmQ.objects.update(lock=lock - timedelta(minutes=6))
    assert broker._stored_message() == [(sent, "a signed package")]

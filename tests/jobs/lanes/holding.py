"""What the tests of holds and of their probes share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from threading import Thread

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from jobs.execution import claim, settlement
from jobs.execution.claimed import Claim
from jobs.lanes import probes
from jobs.models import Job, Lane
from jobs.results import Failed
from tests.jobs.conftest import Submit

BOT = Failed("bot_check", "Sign in to confirm you’re not a bot")


def lane() -> Lane:
    return Lane.objects.get(name="trial")


def take() -> Claim:
    claimed = claim.claim()
    assert claimed is not None
    return claimed


def open_hold(submit: Submit, *names: str) -> list[Job]:
    """The first of these jobs meets the bot check."""
    jobs = [submit("trial_sleep", name=name) for name in names]
    settlement.settle(take(), BOT)
    return jobs


def let_time_pass() -> None:
    Lane.objects.exclude(next_probe_at=None).update(
        next_probe_at=timezone.now() - timedelta(seconds=1)
    )


def next_probe() -> Claim:
    """The cool-down is over: one is named, and begins."""
    let_time_pass()
    probes.choose()
    return take()


def set_clock(monkeypatch: pytest.MonkeyPatch, *, ahead: timedelta) -> None:
    """That of this host; the database goes by its own."""
    real = timezone.now
    monkeypatch.setattr(timezone, "now", lambda: real() + ahead)


def at_once(act: Callable[[], object]) -> bool:
    """Whether somebody else does it now; False where he would have to wait for us."""
    done = []

    def elsewhere() -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute(_WAIT_FOR_NOBODY[connection.vendor])
            act()
            done.append(True)
        except OperationalError:
            pass
        finally:
            connection.close()

    thread = Thread(target=elsewhere)
    thread.start()
    thread.join()
    return bool(done)


_WAIT_FOR_NOBODY = {
    "postgresql": "SET lock_timeout = '10ms'",
    "sqlite": "PRAGMA busy_timeout = 0",
}

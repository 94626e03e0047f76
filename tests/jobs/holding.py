"""What the tests of holds and of their probes share."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from jobs import claim, settle
from jobs.models import Job, Lane
from jobs.outcomes import Failed
from tests.jobs.conftest import Submit

BOT = Failed("bot_check", "Sign in to confirm you’re not a bot")


def lane() -> Lane:
    return Lane.objects.get(name="trial")


def take() -> claim.Claim:
    claimed = claim.claim()
    assert claimed is not None
    return claimed


def open_hold(submit: Submit, *names: str) -> list[Job]:
    """The first of these jobs meets the bot check."""
    jobs = [submit("trial_sleep", name=name) for name in names]
    settle.settle(take(), BOT)
    return jobs


def let_time_pass() -> None:
    Lane.objects.exclude(next_probe_at=None).update(
        next_probe_at=timezone.now() - timedelta(seconds=1)
    )

"""Whoever comes between two looks at a hold changes neither what it is nor that it ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from jobs.execution import claim, settlement
from jobs.lanes import holds, probes
from jobs.models import Job, Lane
from jobs.results import Completed, Failed
from tests.jobs.conftest import Submit
from tests.jobs.lanes.holding import BOT, at_once, lane, let_time_pass, open_hold, take

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]


def beside(
    monkeypatch: pytest.MonkeyPatch, module: object, name: str, act: Callable[[], object]
) -> list[bool]:
    """Somebody else acts just before that function, once; answers whether he could."""
    real, could = getattr(module, name), []

    def function(*args: Any, **kwargs: Any) -> Any:
        monkeypatch.setattr(module, name, real)
        could.append(at_once(act))
        return real(*args, **kwargs)

    monkeypatch.setattr(module, name, function)
    return could


def test_a_probe_that_is_claimed_while_it_is_looked_for_is_not_joined_by_another(
    submit: Submit,
) -> None:
    open_hold(submit, "a", "b", "c")
    let_time_pass()
    probes.choose()
    probe, looks = lane().probe_id, 0

    def claim_after_the_first_look(execute: Any, sql: str, *rest: Any) -> Any:
        nonlocal looks
        answer = execute(sql, *rest)
        if 'FROM "jobs_job"' in sql:
            looks += 1
            assert looks > 1 or at_once(take)
        return answer

    with connection.execute_wrapper(claim_after_the_first_look):
        probes.choose()
    assert Job.objects.running().get().pk == probe == lane().probe_id


@pytest.mark.parametrize("end", [Completed(), Failed("video_private")])
def test_nobody_names_another_probe_between_the_end_of_one_and_what_it_tells(
    submit: Submit, monkeypatch: pytest.MonkeyPatch, end: Completed | Failed
) -> None:
    open_hold(submit, "a", "b", "c")
    let_time_pass()
    probes.choose()
    probe = take()
    beside(monkeypatch, probes, "ended", probes.choose)
    settlement.settle(probe, end)
    assert not holds.held("youtube").exists()


def test_a_failed_probe_costs_a_cool_down_though_somebody_looks_for_another(
    submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_hold(submit, "a", "b", "c")
    let_time_pass()
    probes.choose()
    probe = take()
    beside(monkeypatch, probes, "ended", probes.choose)
    settlement.settle(probe, Failed("connection_reset"))
    probes.choose()
    assert (lane().probe_id, claim.claim()) == (None, None)


def test_a_hold_that_a_job_joins_cannot_end_before_it_has_joined(
    submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the lanes would be held again as they were, by a hold that is over."""
    submit("trial_sleep", name="late")
    late = take()
    open_hold(submit, "a", "b")
    ended = beside(monkeypatch, holds, "_copied", lambda: holds.over("youtube"))
    settlement.settle(late, BOT)
    assert ended == [False]
    assert at_once(lambda: holds.over("youtube"))
    assert not Lane.objects.exclude(hold_cause="").exists()


def test_a_hold_that_takes_the_lanes_of_another_cannot_end_meanwhile(
    submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_hold(submit, "a")
    Lane.objects.filter(name="download").update(hold_cause="disk")
    ended = beside(monkeypatch, holds, "_copied", lambda: holds.over("youtube"))
    holds.over("disk")
    assert ended == [False]

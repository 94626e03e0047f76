"""The table of kinds agrees with itself, and all that it names is there."""

from __future__ import annotations

from collections import defaultdict

import pytest
from django.conf import settings
from django.urls import NoReverseMatch, reverse

from jobs.failures import FAILURES
from jobs.forms import JobForm
from jobs.kinds import KINDS, MAX_CRASHES, Kind, any_kind, kinds
from jobs.lanes import holds

each_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.job_type)


@each_kind
def test_form_and_worker_are_there(kind: Kind) -> None:
    assert issubclass(kind.form_class, JobForm)
    assert callable(kind.run)


@each_kind
def test_the_pages_of_what_a_kind_works_on_are_there(kind: Kind) -> None:
    if kind.admin_list:
        view, column = kind.admin_list
        assert reverse(view, query={column: "x"}).endswith(f"?{column}=x")
    if kind.watch_page:
        assert reverse(kind.watch_page, args=["dQw4w9WgXcQ"])
        with pytest.raises(NoReverseMatch):
            reverse(kind.watch_page, args=["../../x"])


def test_what_holds_a_kind_holds_every_kind_of_its_lane() -> None:
    held = defaultdict(set)
    for kind in kinds().values():
        held[kind.lane].add(kind.held_by)
    assert {lane: causes for lane, causes in held.items() if len(causes) > 1} == {}


def test_each_cause_stops_its_lanes() -> None:
    causes = {cause for kind in KINDS for cause in kind.held_by}
    assert {cause: {kind.lane for kind in KINDS if cause in kind.held_by} for cause in causes} == {
        "youtube": {"download", "metadata", "sync"},
        "cookies": {"download", "metadata", "sync"},
        "disk": {"download"},
        "media_root": {"download"},
    }


def test_causes_are_those_that_failures_have_and_each_is_ended_by_a_look_or_by_a_probe() -> None:
    causes = {cause for kind in KINDS for cause in kind.held_by}
    assert causes == {row.hold for row in FAILURES.values()} - {""}
    assert causes == {holds.YOUTUBE, *settings.HOLD_WATCHES}


def test_a_lane_is_guarded_when_a_cause_stops_it() -> None:
    lanes = {kind.lane for kind in kinds().values()}
    causes = {row.hold for row in FAILURES.values()} - {""}
    stopped = {lane for lane in lanes for cause in causes if holds.stops(cause, lane)}
    assert stopped == holds.guarded()
    assert "noop" not in stopped


def test_a_kind_of_a_newer_version_has_its_name_and_no_page() -> None:
    unknown = any_kind("from_the_future")
    assert (unknown.label, unknown.max_crashes) == ("from_the_future", MAX_CRASHES)
    assert (unknown.admin_list, unknown.watch_page, unknown.held_by) == (None, "", ())

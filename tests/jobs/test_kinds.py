"""The table of kinds agrees with itself, and all that it names is there."""

from __future__ import annotations

import pytest
from django.urls import NoReverseMatch, reverse

from jobs.forms import JobForm
from jobs.kinds import KINDS, MAX_CRASHES, Kind, any_kind

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


def test_a_kind_of_a_newer_version_has_its_name_and_no_page() -> None:
    unknown = any_kind("from_the_future")
    assert (unknown.label, unknown.max_crashes) == ("from_the_future", MAX_CRASHES)
    assert (unknown.admin_list, unknown.watch_page) == (None, "")

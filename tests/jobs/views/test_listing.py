"""The console's list: filters in the address, pages by key, each branch on an index."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from jobs.models import Job, Link
from jobs.monitoring import search
from jobs.monitoring.search import Wanted
from jobs.states import FAILED_ALIKE, Status
from tests.jobs.views.consoling import HOSTILE, failed_job, html, job, person

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def shown(**query: Any) -> list[int]:
    text = html(person(), "/jobs/list", **query)
    return [int(each) for each in re.findall(r'cell-id">(\d+)<', text)]


def test_an_empty_list_says_what_to_do() -> None:
    assert "No jobs yet" in html(person(), "/jobs/list")
    assert "No job matches" in html(person(), "/jobs/list", q="nothing")


def test_each_filter_narrows_and_they_add_up() -> None:
    running = job(status=Status.RUNNING, title="Kyoto")
    trial = job("trial_sleep", status=Status.RUNNING)
    done = job("trial_sleep", status=Status.COMPLETED, title="Kyoto again")
    assert shown() == [done.pk, trial.pk, running.pk]
    assert shown(status="running") == [trial.pk, running.pk]
    assert shown(type="trial_sleep") == [done.pk, trial.pk]
    assert shown(lane="noop") == [running.pk]
    assert shown(lane="trial", status="completed") == [done.pk]
    assert shown(lane="noop", type="trial_sleep") == []
    assert shown(q="kyoto") == [done.pk, running.pk]
    assert shown(q="kyoto", status="running") == [running.pk]


def test_all_failed_are_three_states_in_one_order() -> None:
    made = [
        failed_job(status=status).pk
        for status in (Status.TIMEOUT, Status.DEAD_LETTER, Status.FAILED, Status.TIMEOUT)
    ]
    job(status=Status.CANCELLED)
    assert shown(status="failures") == made[::-1]
    assert shown(status="failures", failure="connection_reset") == made[::-1]
    assert shown(status="timeout", failure="connection_reset") == [made[3], made[0]]


def test_the_jobs_that_a_job_waits_for() -> None:
    parent = job(status=Status.WAITING)
    child = job(title="child")
    job(title="stranger")
    Link.objects.create(waiter=parent, needed=child)
    assert shown(parent=parent.pk) == [child.pk]


def test_a_number_and_a_target_are_found_however_old(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "WORDS_REACH", 1)
    old = job("trial_sleep", parameters={"name": "abc"}, title="old words")
    for _ in range(3):
        job()
    assert shown(q=str(old.pk)) == [old.pk]
    assert shown(q="abc") == [old.pk]
    assert shown(q="old words") == []


@pytest.mark.parametrize("query", [{}, {"status": "failures"}, {"lane": "trial"}])
def test_the_pages_hold_every_job_once_both_ways(
    query: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "PAGE", 3)
    states = [*sorted(FAILED_ALIKE), Status.TIMEOUT] * 2
    made = [job("trial_sleep", status=status).pk for status in states]
    down, pages, text = [], 0, html(person(), "/jobs/list", **query)
    while True:
        down += [int(each) for each in re.findall(r'cell-id">(\d+)<', text)]
        pages += 1
        following = re.search(r'rel="next" href="\?([^"]+)"', text)
        if not following:
            break
        text = html(person(), f"/jobs/list?{following[1].replace('&amp;', '&')}")
    assert (down, pages) == (made[::-1], 3)
    up: list[int] = []
    while before := re.search(r'rel="prev" href="\?([^"]+)"', text):
        text = html(person(), f"/jobs/list?{before[1].replace('&amp;', '&')}")
        up = [int(each) for each in re.findall(r'cell-id">(\d+)<', text)] + up
    assert up == made[::-1][: len(up)]
    assert len(up) >= 6


@pytest.mark.parametrize(
    "query",
    [
        {"status": "nonsense"},
        {"lane": "nonsense"},
        {"failure": "nonsense"},
        {"parent": "x"},
        {"status": HOSTILE},
    ],
)
def test_a_filter_that_means_nothing_is_said_to_be_left_out(query: dict[str, str]) -> None:
    text = html(person(), "/jobs/list", **query)
    assert "this filter is left out" in text
    assert "<script>" not in text


@pytest.mark.parametrize(
    "query",
    [
        {"before": "x"},
        {"before": "9" * 30},
        {"after": "-1"},
        {"q": "\x00"},
        {"q": "%_'\""},
        {"q": "9" * 25},
        {"parent": "9" * 19},
        {"type": "gone"},
        {"q": HOSTILE * 10},
    ],
)
def test_odd_input_is_answered(query: dict[str, str]) -> None:
    job(title=HOSTILE)
    assert "<img src=x" not in html(person(), "/jobs/list", **query)


def test_the_number_of_queries_depends_on_the_filter_alone(
    django_assert_max_num_queries: Callable[[int], Any],
) -> None:
    client = person()
    for _ in range(10):
        failed_job()
        job(status=Status.RUNNING)
    with django_assert_max_num_queries(4):
        client.get("/jobs/list")
    with django_assert_max_num_queries(6):
        client.get("/jobs/list", {"status": "failures"})


def test_the_list_reads_no_documents_and_traces() -> None:
    job()
    with CaptureQueriesContext(connection) as queries:
        [row] = search.find(Wanted()).rows
        assert row.title is not None
    for column in ("parameters", "result", "last_error_traceback"):
        assert f'"{column}"' not in queries[0]["sql"]
    assert Job.objects.count() == 1

"""One search by words: the same jobs in API, console and admin, at a bounded cost."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from jobs.models import Job
from jobs.monitoring import search
from jobs.monitoring.search import REACH, SLACK
from jobs.states import Status
from tests.jobs.views.consoling import html, person
from tests.people import signed_in
from tests.videomind.calling import Script, content
from videomind.scopes import Scope

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

# Ids that are in nobody's target.
FIRST = 770_000


def made(number: int, **fields: Any) -> int:
    values: dict[str, Any] = {"job_type": "noop", "lane": "noop", "status": Status.COMPLETED}
    return Job.objects.create(pk=FIRST + number, **values | fields).pk


def in_the_api(**query: Any) -> list[int]:
    answer = content(Script(Scope.READ).get("/api/jobs", **query))
    return [item["id"] for item in answer["items"]]


def in_the_console(**query: Any) -> list[int]:
    text = html(person(), "/jobs/list", **query)
    return [int(each) for each in re.findall(r'cell-id">(\d+)<', text)]


def in_the_admin(**query: Any) -> list[int]:
    page = signed_in("olga").get("/admin/jobs/job/", query)
    return [row.pk for row in page.context["cl"].result_list]


everywhere = pytest.mark.parametrize("found", [in_the_api, in_the_console, in_the_admin])


@everywhere
def test_the_same_words_find_the_same_jobs_everywhere(
    found: Callable[..., list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "WORDS_REACH", 4)
    old = made(1, title="Tomato soup", target="video000001")
    made(2, title="Tomato bread")
    again = made(3, title="Again", target="video000001")
    numbered = made(4, title=f"The best {old} soups")
    other = made(5, title="100% [bread]", target="Video000002")
    newest = made(6)
    wanted = {
        str(old): [numbered, old],
        str(newest): [newest],
        "video000001": [again, old],
        "video00000": [other, again],
        "SOUP": [numbered],
        "100%": [other],
        "[bread]": [other],
        "Tomato": [],
        "best soups": [],
        "9" * 18: [],
        "9" * 30: [],
        "'\"_\\": [],
    }
    for words, jobs in wanted.items():
        assert found(q=words) == jobs, words


@everywhere
def test_filters_stand_beside_the_words(
    found: Callable[..., list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "WORDS_REACH", 3)
    dead = made(1, target="video000001", status=Status.DEAD_LETTER)
    made(2, target="video000001")
    done = made(4, title="video000001 again")
    late = made(5, title="video000001 too", status=Status.DEAD_LETTER)
    assert found(q="video000001", status="dead_letter") == [late, dead]
    assert found(q="video000001", status="completed")[0] == done
    assert found(q="again", status="completed") == [done]
    assert found(q="again", status="dead_letter") == []


@pytest.mark.parametrize("order", ["id", "-id"])
def test_what_is_found_comes_in_pages(order: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "WORDS_REACH", 5)
    jobs = [made(number, title="Tomato soup", target="soup") for number in range(9)]
    script, pages = Script(Scope.READ), list[int]()
    query: dict[str, Any] = {"q": "soup", "limit": 4, "order": order, "count": "true"}
    while True:
        page = content(script.get("/api/jobs", **query))
        assert page["count"] == 9
        pages += [item["id"] for item in page["items"]]
        if page["next"] is None:
            break
        query = {"q": "soup", "limit": 4, "cursor": page["next"], "count": "true"}
    assert pages == (jobs if order == "id" else jobs[::-1])


def test_how_far_words_reach_is_said_where_they_did_not_reach_everything(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made(1)
    assert REACH in html(person(), "/jobs/list", q="soup")
    assert REACH not in html(person(), "/jobs/list")
    monkeypatch.setattr(search, "WORDS_REACH", FIRST + 1)
    assert REACH not in html(person(), "/jobs/list", q="soup")


def test_times_are_found_by_the_order_of_ids(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    now = timezone.now()
    rows = Job.objects.bulk_create(
        Job(job_type="noop", lane="noop", created_at=now - timedelta(minutes=6000 - number))
        for number in range(6000)
    )
    at = rows[4000].created_at
    with django_assert_max_num_queries(20):
        since = Job.objects.filter(search.created_since(at))
        before = Job.objects.filter(search.created_before(at))
    assert list(since.order_by("pk").values_list("pk", flat=True)) == [r.pk for r in rows[4000:]]
    assert before.count() == 4000
    assert SLACK < 2000
    assert not Job.objects.filter(search.created_since(now)).exists()
    assert not Job.objects.filter(search.created_before(rows[0].created_at)).exists()


@pytest.mark.parametrize("words", ["soup", "no such words", str(FIRST + 12)])
def test_a_search_asks_the_database_little(
    words: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(12):
        made(number, title="Tomato soup")
    made(12, title="Bread")
    script = Script(Scope.READ)
    script.get("/api/jobs")
    found = words != "no such words"
    # The token, the newest job, the jobs for that target, the page; of a page with jobs also
    # their children and needs.
    with django_assert_num_queries(6 if found else 4):
        assert bool(content(script.get("/api/jobs", q=words))["items"]) == found

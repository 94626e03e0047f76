"""GET /api/jobs: filters, pages, order."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from jobs import queue
from jobs.models import Job
from jobs.states import Status
from tests.videomind.calling import Script, assert_problem, content
from videomind.scopes import Scope

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture
def script() -> Script:
    return Script(Scope.READ)


def make(count: int = 1, *, job_type: str = "noop", **fields: Any) -> list[int]:
    made = [queue.submit(job_type, {}).job.pk for _ in range(count)]
    Job.objects.filter(pk__in=made).update(**fields)
    return made


def ids(script: Script, **query: Any) -> list[int]:
    return [item["id"] for item in content(script.get("/api/jobs", **query))["items"]]


def test_a_list_without_rows_is_an_empty_page(script: Script) -> None:
    assert content(script.get("/api/jobs")) == {"items": [], "next": None}


def test_the_newest_come_first_and_order_turns_it(script: Script) -> None:
    made = make(3)
    assert ids(script) == made[::-1]
    assert ids(script, order="id") == made


@pytest.mark.parametrize("order", ["id", "-id"])
def test_the_pages_hold_every_job_once(script: Script, order: str) -> None:
    made = make(7)
    found: list[int] = []
    query: dict[str, Any] = {"limit": 3, "order": order}
    while True:
        page = content(script.get("/api/jobs", **query))
        found += [item["id"] for item in page["items"]]
        if page["next"] is None:
            break
        query = {"limit": 3, "cursor": page["next"]}
    assert found == (made if order == "id" else made[::-1])


def test_a_page_does_not_shift_when_jobs_arrive(script: Script) -> None:
    made = make(4)
    first = content(script.get("/api/jobs", limit=2))
    make(3)
    assert ids(script, limit=2, cursor=first["next"]) == made[1::-1]


def test_a_page_begins_at_an_offset(script: Script) -> None:
    made = make(4)
    assert ids(script, offset=1, limit=2) == [made[2], made[1]]


@pytest.mark.parametrize(
    "query",
    [
        {"cursor": "nonsense"},
        {"cursor": "WyItaWQiLDFd:1abc:forged"},
        {"limit": 0},
        {"limit": 201},
        {"offset": 10_001},
        {"order": "title"},
        {"status": "done"},
        {"job_type": "coffee"},
        {"lane": "fast"},
        {"priority": 99},
        {"failure_code": "bad_luck"},
        {"failure_type": "luck"},
        {"parent_job_id": "x"},
        {"created_after": "yesterday"},
        {"created_before": "2026-01-01T00:00:00"},
        {"colour": "red"},
        {"limit": [1, 2]},
        {"q": ""},
    ],
)
def test_what_the_list_does_not_understand_is_400(script: Script, query: dict[str, Any]) -> None:
    assert assert_problem(script.get("/api/jobs", **query), 400)["errors"]


def test_a_cursor_goes_alone_and_fits_its_own_list_only(script: Script) -> None:
    make(3)
    cursor = content(script.get("/api/jobs", limit=1))["next"]
    assert_problem(script.get("/api/jobs", cursor=cursor, order="id"), 400)
    assert_problem(script.get("/api/jobs", cursor=cursor, offset=1), 400)
    assert_problem(script.get("/api/tracks", cursor=cursor), 400)
    assert_problem(script.get("/api/jobs", cursor=cursor[:-2] + "xx"), 400)


def test_the_count_comes_when_it_is_asked_for(script: Script) -> None:
    make(3)
    assert content(script.get("/api/jobs", limit=1, count="true"))["count"] == 3


def test_each_filter_keeps_what_it_names(script: Script) -> None:
    [plain] = make()
    [failed] = make(
        status=Status.DEAD_LETTER, failure_code="video_private", failure_type="permission"
    )
    [trial] = make(job_type="trial_sleep", priority=20, requested_by="nightly script")
    [child] = make(parent_id=plain, title="A Walk in the [Woods]", target="abcdefghijk")
    Job.objects.filter(pk=plain).update(created_at=timezone.now() - timedelta(days=2))
    yesterday = (timezone.now() - timedelta(days=1)).isoformat()
    cases: list[tuple[dict[str, Any], list[int]]] = [
        ({"status": "dead_letter"}, [failed]),
        ({"status": ["dead_letter", "pending"]}, [child, trial, failed, plain]),
        ({"job_type": "trial_sleep"}, [trial]),
        ({"job_type": ["trial_sleep", "noop"]}, [child, trial, failed, plain]),
        ({"lane": "trial"}, [trial]),
        ({"priority": 20}, [trial]),
        ({"failure_code": "video_private"}, [failed]),
        ({"failure_type": "permission"}, [failed]),
        ({"parent_job_id": plain}, [child]),
        ({"requested_by": "me"}, [trial]),
        ({"requested_by": "nobody"}, []),
        ({"q": "walk in"}, [child]),
        ({"q": "[woods]"}, [child]),
        ({"q": "%"}, []),
        ({"q": "abcdefghijk"}, [child]),
        ({"q": str(trial)}, [trial]),
        ({"created_before": yesterday}, [plain]),
        ({"created_after": yesterday}, [child, trial, failed]),
        ({"status": "pending", "lane": "noop", "q": "walk"}, [child]),
    ]
    for query, wanted in cases:
        assert ids(script, **query) == wanted, query

"""What the databases do for a list of jobs: each query walks an index, none reads the table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from jobs.models import Job
from jobs.monitoring import search
from jobs.monitoring.search import Wanted
from tests.people import signed_in
from tests.videomind.calling import Script
from videomind.scopes import Scope

pytestmark = [pytest.mark.django_db]


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (Wanted(statuses=("failed",)), "job_by_status"),
        (Wanted(statuses=("failed",), job_types=("noop",)), "job_by_status"),
        (Wanted(job_types=("noop",)), "job_by_type"),
        (Wanted(statuses=("completed",), job_types=("noop",)), "job_by_type"),
        (Wanted(failure_code="stuck"), "job_by_failure"),
        (Wanted(failure_code="stuck", statuses=("failed",)), "job_by_failure"),
    ],
)
def test_a_branch_walks_its_index_and_sorts_nothing(wanted: Wanted, index: str) -> None:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        search.find(wanted)
    for query in queries:
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN QUERY PLAN " + query["sql"])
            plan = " ".join(str(row[-1]) for row in cursor.fetchall())
        assert index in plan
        assert "TEMP B-TREE" not in plan


# --- words and times ------------------------------------------------------------------------------

OLD, NEWEST = 770_001, 999_999
FILTERS: tuple[dict[str, Any], ...] = (
    {},
    {"status": "completed"},
    {"status": ["failed", "completed"], "job_type": ["noop", "trial_sleep"]},
    {"job_type": "noop"},
    {"lane": "noop"},
    {"priority": 5},
    {"failure_code": "stuck"},
    {"failure_type": "timeout"},
    {"parent_job_id": 770_001},
    {"requested_by": "nobody"},
    {"created_after": "2026-01-01T00:00:00Z"},
    {"created_before": "2026-01-01T00:00:00Z"},
)
BOUNDED_ALONE = ("job_type", "failure_code", "parent_job_id", "created_after", "created_before")
# A number, a target with jobs beyond the reach, words that match nothing.
WORDS = (str(OLD), str(NEWEST), "video000001", "no such words")


@pytest.fixture
def jobs() -> None:
    """Thirty-one that are looked for among others: who wants all rows may walk all of an index."""
    numbers = dict.fromkeys((*range(OLD, OLD + 30), NEWEST), "video000001")
    numbers |= {OLD + 100 + number: f"another{number:03}" for number in range(300)}
    Job.objects.bulk_create(
        Job(pk=number, job_type="noop", lane="noop", status="completed", target=target)
        for number, target in numbers.items()
    )


@pytest.mark.both_databases
@pytest.mark.parametrize("words", WORDS)
@pytest.mark.parametrize("beside", FILTERS, ids=str)
def test_a_search_of_the_api_reads_no_table(jobs: None, words: str, beside: dict[str, Any]) -> None:
    script = Script(Scope.READ)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        for order in ("id", "-id"):
            script.get("/api/jobs", q=words, order=order, count="true", **beside)
    assert_no_table_is_read(queries)


@pytest.mark.both_databases
@pytest.mark.parametrize(
    "beside", [each for each in FILTERS if {*each} & {*BOUNDED_ALONE}], ids=str
)
def test_these_filters_alone_read_no_table(jobs: None, beside: dict[str, Any]) -> None:
    script = Script(Scope.READ)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        script.get("/api/jobs", **beside)
    assert_no_table_is_read(queries)


@pytest.mark.both_databases
@pytest.mark.parametrize("words", WORDS)
def test_a_search_of_console_and_admin_reads_no_table(jobs: None, words: str) -> None:
    olga = signed_in("olga")
    with CaptureQueriesContext(
        connection,
    ) as queries:
        for status in ("", "completed"):
            search.find(Wanted(words=words, statuses=(status,) if status else ()))
            olga.get("/admin/jobs/job/", {"q": words, "status": status or "failed_alike"})
    searching = [each for each in queries if "EXISTS(SELECT 1" not in each["sql"]]
    assert_no_table_is_read(searching)


def assert_no_table_is_read(queries: Any) -> None:
    """Each look at the table of jobs begins somewhere in an index."""
    # The children of a page's jobs are reached from their links, of which there are none here.
    counts_children = 'SELECT "jobs_link"."waiter_id"'
    of_jobs = [
        each["sql"]
        for each in queries
        if 'FROM "jobs_job"' in each["sql"] and not each["sql"].startswith(counts_children)
    ]
    assert of_jobs
    for sql in of_jobs:
        bounded = list(looks_at_jobs(sql))
        assert bounded, sql
        assert all(bounded), sql


def looks_at_jobs(sql: str) -> Iterator[bool]:
    """For each look at the table of jobs in the plan, whether an index bounds it."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("EXPLAIN QUERY PLAN " + sql)
            said = [str(row[-1]) for row in cursor.fetchall()]
            yield from (each.startswith("SEARCH") for each in said if " jobs_job" in each)
            return
        # Else a table of so few rows is read at once, or by the whole of an index.
        for way in ("seqscan", "hashjoin", "mergejoin"):
            cursor.execute(f"SET LOCAL enable_{way} = off")
        cursor.execute("SET LOCAL cpu_index_tuple_cost = 10")
        cursor.execute("EXPLAIN (FORMAT JSON) " + sql)
        [(plan,)] = cursor.fetchall()
    of_jobs = (each for each in nodes(plan[0]["Plan"]) if each.get("Relation Name") == "jobs_job")
    for each in of_jobs:
        # Ids that are listed are few; only among so few rows is it cheaper to look at all of them.
        listed = "(id = ANY" in each.get("Filter", "")
        yield listed or bool({"Index Cond", "Recheck Cond"} & each.keys())


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for each in plan.get("Plans", []):
        yield from nodes(each)

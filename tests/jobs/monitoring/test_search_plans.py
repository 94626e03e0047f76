"""What SQLite does for a page of the console's list. PostgreSQL plans by what is in the table."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from jobs.monitoring import search
from jobs.monitoring.search import Wanted

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

"""The console's first page and its live fragment."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from jobs.lanes import limits
from jobs.models import Job, Lane, Link, Node
from jobs.monitoring import dashboard
from jobs.states import Status, WaitFor
from tests.jobs.views.consoling import HOSTILE, failed_job, html, job, person

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

Queries = Callable[[int], Any]
# Session, user, roles; counts, running, parents and theirs, three failed states, lanes, nodes.
OVERVIEW_QUERIES = 12


def marks(text: str) -> list[str]:
    return re.findall(r'name="seen" value="([^"]+)"', text)


def node(**fields: Any) -> Node:
    now = timezone.now()
    defaults = {"host": "harbour", "pid": 1, "version": "1", "workers": 9, "started_at": now}
    return Node.objects.create(**({"name": "harbour", "heartbeat_at": now} | defaults | fields))


def test_an_empty_console_says_so() -> None:
    text = html(person(), "/jobs/")
    assert "Nothing runs now." in text
    assert "Nothing has failed." in text
    assert "No worker is alive" in text


def test_counts_stop_at_their_bound() -> None:
    for _ in range(4):
        job(status=Status.COMPLETED)
    job()
    found = dashboard.counts(most_ended=2)
    assert str(found[Status.COMPLETED]) == "2+"
    assert str(found[Status.PENDING]) == "1"
    assert str(found[Status.RUNNING]) == "0"


def test_a_lane_shows_its_load_and_its_pause() -> None:
    job("trial_narrow", status=Status.RUNNING)
    job("trial_narrow")
    limits.pause(Lane.objects.get(name="narrow"), by="olga", reason=HOSTILE)
    found = {each.lane.name: each for each in dashboard.lanes()}["narrow"]
    assert (str(found.running), str(found.pending), found.is_full) == ("1", "1", True)
    text = html(person(), "/jobs/")
    assert "by olga" in text
    assert "/jobs/lanes/narrow/resume" in text


def test_a_node_that_fell_silent_is_said_to_be() -> None:
    now = timezone.now()
    node()
    node(name="shed", heartbeat_at=now - timedelta(hours=1))
    assert [each.alive for each in dashboard.nodes(now)] == [True, False]


def test_running_jobs_show_progress_speed_and_time_left() -> None:
    job(
        status=Status.RUNNING,
        attempt_started_at=timezone.now(),
        progress_current=1_200_000,
        progress_total=4_800_000,
        progress_speed=5_100_000,
        progress_left_s=75,
    )
    text = html(person(), "/jobs/")
    assert '<progress aria-label="Progress of job' in text
    for said in ("25 %", "1.2 of 4.8 MB", "5.1 MB/s", "1 min 15 s left", 'value="25.0" max="100"'):
        assert said in text


def test_a_parent_that_waits_shows_what_became_of_its_jobs() -> None:
    parent = job(status=Status.WAITING, wait_for=WaitFor.CHILDREN)
    for status in (Status.COMPLETED, Status.COMPLETED, Status.DEAD_LETTER, Status.PENDING):
        Link.objects.create(waiter=parent, needed=job(status=status))
    [family] = dashboard.parents()
    assert (family.ended, family.children["total"], family.children["failed"]) == (3, 4, 1)


def test_the_latest_failure_comes_first_with_its_cause_and_whether_it_can_be_retried() -> None:
    now = timezone.now()
    old = failed_job("video_private", completed_at=now - timedelta(hours=1))
    new = failed_job("connection_reset", completed_at=now, retry_count=3)
    older_id_but_newest = failed_job("stuck", status=Status.TIMEOUT, completed_at=now)
    assert [each.pk for each in dashboard.failures()] == [older_id_but_newest.pk, new.pk, old.pk]
    text = html(person(), "/jobs/")
    assert "The uploader has made the video private." in text
    assert "Its retries are used up." in text
    assert text.count("can be retried") == 2
    assert text.count(">permanent<") == 1


def test_hostile_titles_and_messages_are_text() -> None:
    job(status=Status.RUNNING, title=HOSTILE, progress_message=HOSTILE, progress_total=1)
    failed_job("", title=HOSTILE, error_message=HOSTILE)
    node(name=HOSTILE[:90], version=HOSTILE[:30])
    text = html(person(), "/jobs/")
    assert "<script>" not in text
    assert "<img src=x" not in text
    assert "&lt;script&gt;" in text


# --- live -----------------------------------------------------------------------------------------


def test_a_page_that_has_everything_is_answered_204() -> None:
    job(status=Status.RUNNING)
    node()
    client = person()
    seen = marks(html(client, "/jobs/"))
    assert len(seen) == 5
    assert client.get("/jobs/live", {"seen": seen}).status_code == 204


def test_only_the_panels_that_changed_are_sent() -> None:
    running = job(status=Status.RUNNING)
    client = person()
    seen = marks(html(client, "/jobs/"))
    Job.objects.filter(pk=running.pk).update(progress_message="Halfway")
    answer = client.get("/jobs/live", {"seen": seen})
    assert answer.status_code == 200
    text = answer.content.decode()
    assert re.findall(r'id="panel-(\w+)"', text) == ["running"]
    assert text.count('hx-swap-oob="true"') == 1
    assert "Halfway" in text


def test_panels_are_alike_for_everybody_and_carry_no_secret() -> None:
    failed_job()
    first, second = (html(person(role), "/jobs/") for role in ("Operator", "Root"))
    assert marks(first) == marks(second)
    text = person().get("/jobs/live").content.decode()
    assert "csrfmiddlewaretoken" not in text


@pytest.mark.parametrize("path", ["/jobs/", "/jobs/live"])
def test_the_number_of_queries_does_not_grow(
    path: str, django_assert_max_num_queries: Queries
) -> None:
    client = person()
    for _ in range(12):
        failed_job()
        parent = job(status=Status.WAITING, wait_for=WaitFor.CHILDREN)
        Link.objects.create(waiter=parent, needed=job(status=Status.RUNNING))
        Link.objects.create(waiter=parent, needed=job())
    node()
    with django_assert_max_num_queries(OVERVIEW_QUERIES + 1):
        client.get(path)

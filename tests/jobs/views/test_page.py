"""A job's page: its story, its family, its attempts, live until it is final, and its actions."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from jobs.lanes import limits
from jobs.models import Attempt, Job, Lane, Link
from jobs.states import Outcome, Status, WaitFor
from tests.jobs.views.consoling import HOSTILE, failed_job, html, job, person

pytestmark = [pytest.mark.django_db]


def seen(text: str) -> list[str]:
    return re.findall(r'name="seen" value="([^"]+)"', text)


def attempt(job: Job, number: int = 1, **fields: Any) -> Attempt:
    now = timezone.now()
    defaults = {"outcome": Outcome.FAILED, "started_at": now - timedelta(seconds=7)}
    return Attempt.objects.create(
        job=job, number=number, lease=number, ended_at=now, **(defaults | fields)
    )


def test_a_job_of_every_state_has_its_page() -> None:
    client = person()
    for status in Status:
        for wait_for in WaitFor if status is Status.WAITING else [WaitFor.NOTHING]:
            made = job(status=status, wait_for=wait_for)
            assert f"Job {made.pk}" in html(client, f"/jobs/{made.pk}/")


def test_an_attempt_shows_how_it_ended() -> None:
    made = failed_job("internal_error")
    attempt(made, failure_code="internal_error", error_message="boom", traceback="Traceback: here")
    attempt(
        made, 2, outcome=Outcome.WORKER_LOST, exit_code=1, signal=9, peak_memory_kb=91 * 1024,
        worker_id="harbour:7", ytdlp_version="2026.10.26",
    )  # fmt: skip
    text = html(person(), f"/jobs/{made.pk}/")
    for said in (
        "Worker lost", "took 7.0 s", "exit code 1", "signal 9", "peak memory 91 MB", "harbour:7",
        "yt-dlp 2026.10.26", "Traceback: here", "boom", "internal_error",
    ):  # fmt: skip
        assert said in text, said


def test_a_parent_shows_its_jobs_with_the_failed_ones_first() -> None:
    parent = job(status=Status.FAILED, failure_code="children_failed")
    for number in range(3):
        title = f"bad {number}"
        Link.objects.create(waiter=parent, needed=failed_job("video_private", title=title))
    for number in range(4):
        done = job(status=Status.COMPLETED, title=f"good {number}", parent=parent)
        Link.objects.create(waiter=parent, needed=done)
    text = html(person(), f"/jobs/{parent.pk}/")
    assert "4 of 7 done, 3 failed." in text
    assert text.index("bad 0") < text.index("good 3")
    assert f'href="/jobs/{parent.pk}/"' in html(person(), f"/jobs/{done.pk}/")


def test_a_job_that_needs_others_names_them_and_they_are_not_its_own() -> None:
    waiter = job(status=Status.WAITING, wait_for=WaitFor.JOBS)
    needed = job(title="needed first")
    Link.objects.create(waiter=waiter, needed=needed, role=Link.Role.DEPENDENCY)
    text = html(person(), f"/jobs/{waiter.pk}/")
    assert "It needs" in text
    assert "needed first" in text
    assert "Its own jobs" not in text
    assert "needed first" not in html(person(), "/jobs/list", parent=waiter.pk)


def test_everything_that_came_from_outside_is_text() -> None:
    parent = failed_job("unknown", title=HOSTILE, target=HOSTILE, error_message=HOSTILE)
    Job.objects.filter(pk=parent.pk).update(
        parameters={HOSTILE: HOSTILE}, requested_by=HOSTILE, progress_message=HOSTILE
    )
    child = failed_job("", title=HOSTILE, parent=parent, lane="trial<x>"[:9])
    Link.objects.create(waiter=parent, needed=child)
    attempt(parent, error_message=HOSTILE, traceback=HOSTILE, worker_id=HOSTILE[:90])
    client = person()
    for path in (f"/jobs/{parent.pk}/", f"/jobs/{child.pk}/", f"/jobs/{parent.pk}/live"):
        text = client.get(path).content.decode()
        assert "<script>" not in text
        assert "<img src=x" not in text
    for action in ("retry", "cancel", "remove"):
        assert "<img src=x" not in html(client, f"/jobs/{parent.pk}/{action}")


def test_a_video_that_arrived_can_be_watched() -> None:
    done = job(
        "single_video_download", parameters={"video_id": "dQw4w9WgXcQ"}, status=Status.COMPLETED
    )
    assert 'href="/watch/dQw4w9WgXcQ/"' in html(person(), f"/jobs/{done.pk}/")
    Job.objects.update(target="../../x")
    assert "/watch/" not in html(person(), f"/jobs/{done.pk}/")


# --- live -----------------------------------------------------------------------------------------


def test_an_active_job_is_204_until_it_changes() -> None:
    made = job(status=Status.RUNNING)
    client = person()
    have = seen(html(client, f"/jobs/{made.pk}/"))
    live = f"/jobs/{made.pk}/live"
    assert client.get(live, {"seen": have}).status_code == 204
    Job.objects.update(progress_message="Halfway")
    answer = client.get(live, {"seen": have})
    assert (answer.status_code, b"Halfway" in answer.content) == (200, True)


def test_a_final_job_stops_the_polling() -> None:
    made = job(status=Status.RUNNING)
    client = person()
    text = html(client, f"/jobs/{made.pk}/")
    assert f'hx-get="/jobs/{made.pk}/live"' in text
    Job.objects.update(status=Status.COMPLETED)
    answer = client.get(f"/jobs/{made.pk}/live", {"seen": seen(text)})
    assert (answer.status_code, b"It is done." in answer.content) == (286, True)
    have = seen(html(client, f"/jobs/{made.pk}/"))
    assert client.get(f"/jobs/{made.pk}/live", {"seen": have}).status_code == 286
    assert "/live" not in html(client, f"/jobs/{made.pk}/")


def test_a_failed_parent_goes_on_being_looked_at_while_a_job_of_its_own_is_repaired() -> None:
    parent = failed_job("children_failed", status=Status.FAILED)
    Link.objects.create(waiter=parent, needed=job())
    assert person().get(f"/jobs/{parent.pk}/live").status_code == 200


def test_the_number_of_queries_does_not_grow(
    django_assert_max_num_queries: Callable[[int], Any],
) -> None:
    parent = job()
    for number in range(1, 15):
        Link.objects.create(waiter=parent, needed=failed_job())
        Link.objects.create(waiter=parent, needed=job())
        attempt(parent, number)
    client = person()
    for path in (f"/jobs/{parent.pk}/", f"/jobs/{parent.pk}/live"):
        with django_assert_max_num_queries(14):
            client.get(path)


# --- actions --------------------------------------------------------------------------------------


def test_each_action_asks_first_and_then_does_it() -> None:
    client = person()
    made = failed_job()
    assert "Retry this job?" in html(client, f"/jobs/{made.pk}/retry")
    assert client.post(f"/jobs/{made.pk}/retry")["Location"] == f"/jobs/{made.pk}/"
    made.refresh_from_db()
    assert (made.status, made.rounds) == (Status.PENDING, 2)
    assert "Cancel this job?" in html(client, f"/jobs/{made.pk}/cancel")
    client.post(f"/jobs/{made.pk}/cancel")
    made.refresh_from_db()
    assert made.status == Status.CANCELLED
    assert "Remove this job?" in html(client, f"/jobs/{made.pk}/remove")
    assert client.post(f"/jobs/{made.pk}/remove")["Location"] == "/jobs/list"
    assert not Job.objects.exists()


def test_cancelling_a_parent_says_how_many_are_cancelled_with_it() -> None:
    parent = job(status=Status.WAITING, wait_for=WaitFor.CHILDREN)
    Link.objects.create(waiter=parent, needed=job())
    assert "its own jobs (1) is cancelled too" in html(person(), f"/jobs/{parent.pk}/cancel")


def test_what_a_job_is_not_in_a_state_for_is_refused_in_a_sentence() -> None:
    made = job()
    client = person()
    assert "This is not possible" in html(client, f"/jobs/{made.pk}/retry")
    for action in ("retry", "remove"):
        answer = client.post(f"/jobs/{made.pk}/{action}", follow=True)
        assert b'class="message error"' in answer.content
    assert Job.objects.get().status == Status.PENDING


@pytest.mark.parametrize(
    ("back", "goes"),
    [
        ("/jobs/", "/jobs/"),
        ("https://evil.example/jobs/", None),
        ("//evil.example/jobs/", None),
        ("/admin/", None),
        ("/\\\\evil.example/jobs/", None),
    ],
)
def test_a_retry_goes_back_to_a_page_of_the_console_only(back: str, goes: str | None) -> None:
    made = failed_job()
    answer = person().post(f"/jobs/{made.pk}/retry?next={back}")
    assert answer["Location"] == (goes or f"/jobs/{made.pk}/")


def test_a_lane_is_paused_in_the_operators_name_and_resumed() -> None:
    client = person()
    client.post("/jobs/lanes/noop/pause")
    lane = Lane.objects.get(name="noop")
    assert (lane.is_paused, lane.paused_by) == (True, "operator")
    made = job()
    assert "The lane noop is paused by operator" not in html(client, f"/jobs/{made.pk}/")
    assert "No worker is alive." in html(client, f"/jobs/{made.pk}/")
    client.post("/jobs/lanes/noop/resume")
    assert not Lane.objects.get(name="noop").is_paused
    assert client.post("/jobs/lanes/none/pause").status_code == 404


def test_a_hold_is_ended_by_hand_on_all_its_lanes() -> None:
    limits.ensure()
    Lane.objects.filter(name__in=["download", "sync"]).update(
        hold_cause="youtube", hold_reason="YouTube asks for a sign-in.", hold_since=timezone.now()
    )
    client = person()
    assert "YouTube asks for a sign-in." in html(client, "/jobs/")
    client.post("/jobs/lanes/sync/release")
    assert not Lane.objects.exclude(hold_cause="").exists()
    assert client.post("/jobs/lanes/sync/release").status_code == 302

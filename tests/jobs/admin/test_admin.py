"""The jobs in the admin: lists of constant cost, pages to read, decisions that ask first."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.forms import ModelForm
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from jobs.admin.filters import codes_that_occur
from jobs.lanes import holds
from jobs.logs.writer import JobLog
from jobs.models import Attempt, Job, Lane, Link
from jobs.monitoring.search import first_id_since
from tests.people import signed_in
from videomind.admin_site import bases

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

LIST = "/admin/jobs/job/"


def job(status: str = "completed", **fields: Any) -> Job:
    values = {"job_type": "trial_sleep", "lane": "trial", "status": status} | fields
    return Job.objects.create(**values)


def text(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.content.decode()))


def queries(client: Client, path: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert client.get(path).status_code == 200
    return len(seen)


# --- lists ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [LIST, f"{LIST}?status=failed_alike", f"{LIST}?q=soup", "/admin/jobs/attempt/",
     "/admin/jobs/link/", "/admin/jobs/lane/", "/admin/"],
)  # fmt: skip
def test_a_list_costs_the_same_for_two_rows_and_for_twelve(path: str) -> None:
    client = signed_in("ada")
    codes = ("stuck", "unknown")

    def fill(count: int) -> None:
        for n in range(count):
            row = job("failed", title=f"soup {n}", failure_code=codes[n % 2], parent=_any())
            Attempt.objects.create(
                job=row, number=1, lease=1, outcome="failed", started_at=timezone.now(),
                ended_at=timezone.now(),
            )  # fmt: skip
            Link.objects.create(waiter=_first(), needed=row)

    fill(2)
    client.get(path)
    few = queries(client, path)
    fill(10)
    assert queries(client, path) == few
    assert few <= 14


def _any() -> Job | None:
    return Job.objects.first()


def _first() -> Job:
    found = Job.objects.order_by("pk").first()
    assert found is not None
    return found


def test_the_count_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bases, "COUNTED", 3)
    for _ in range(6):
        job()
    with CaptureQueriesContext(connection) as seen:
        page = signed_in("olga").get(LIST)
    counts = [
        each["sql"] for each in seen if "COUNT(*)" in each["sql"] and "jobs_job" in each["sql"]
    ]
    assert all("LIMIT" in sql for sql in counts)
    assert page.context["cl"].result_count == 4


FILTERS = {
    "created=today": 1,
    "created=7": 2,
    "created=30": 3,
    "status=failed_alike": 2,
    "status=active": 1,
    "status=dead_letter": 1,
    "job_type=noop": 1,
    "lane=noop": 1,
    "failure_code=stuck": 1,
    "created=30&status=failed": 1,
    "q=soup": 1,
    "created=nonsense": 4,
    "status=nonsense": 4,
}


@pytest.mark.parametrize("query", FILTERS)
def test_filters_and_search(query: str) -> None:
    now = timezone.now()
    job("dead_letter", created_at=now - timedelta(days=40), failure_code="video_private")
    job("failed", created_at=now - timedelta(days=20), failure_code="stuck")
    job("pending", created_at=now - timedelta(days=3), title="Tomato soup")
    job(created_at=now, job_type="noop", lane="noop")
    page = signed_in("olga").get(f"{LIST}?{query}")
    assert page.context["cl"].result_count == FILTERS[query]


def test_search_takes_a_number_a_target_or_words() -> None:
    row, other = job(title="Tomato soup", target="video000001"), job(title="Bread")
    olga = signed_in("olga")
    for words, found in (
        (str(row.pk), row),
        ("video000001", row),
        ("MATO so", row),
        ("rea", other),
    ):
        assert list(olga.get(LIST, {"q": words}).context["cl"].result_list) == [found]
    assert not olga.get(LIST, {"q": "9" * 30}).context["cl"].result_count


def test_only_the_codes_there_are_are_offered() -> None:
    job("failed", failure_code="stuck")
    job()
    assert codes_that_occur() == ["stuck"]


def test_the_first_id_since_a_time_is_found_by_halving(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    now = timezone.now()
    rows = Job.objects.bulk_create(
        Job(job_type="noop", lane="noop", created_at=now - timedelta(minutes=5000 - n))
        for n in range(5000)
    )
    with django_assert_max_num_queries(20):
        found = first_id_since(now - timedelta(minutes=1000))
    exact = rows[4000].pk
    assert exact - 1000 <= found <= exact


def test_facets_and_date_hierarchies_are_not_offered() -> None:
    from django.contrib import admin

    for model, its in admin.site._registry.items():
        if model._meta.app_label in {"jobs", "channels_app", "metadata", "videomind", "axes"}:
            assert its.show_facets is admin.ShowFacets.NEVER, model
            assert its.date_hierarchy is None
            assert issubclass(its.paginator, bases.BoundedPaginator)


# --- one job --------------------------------------------------------------------------------------


def test_a_failed_jobs_page_says_why_and_what_to_do() -> None:
    row = job(
        "dead_letter", title="<b>soup</b>", failure_code="members_only", attempt_number=2,
        error_message="ERROR: join this channel", dead_letter_reason="The video is for members.",
        parent=job("waiting", wait_for="children"),
    )  # fmt: skip
    for number in (1, 2):
        Attempt.objects.create(
            job=row, number=number, lease=number, outcome="failed", started_at=timezone.now(),
            ended_at=timezone.now(), error_message="ERROR: join this channel",
        )  # fmt: skip
    log = JobLog(row.log_folder, attempt=2)
    log.write("<script>alert(1)</script> asked")
    log.write("words on stderr", stream="stderr")
    log.close()
    page = signed_in("olga").get(f"{LIST}{row.pk}/change/")
    said = text(page)
    assert "Give cookies of a member&#x27;s account" in said
    assert "Attempt 1" in said
    assert "Attempt 2" in said
    assert "words on stderr" in said
    assert b"<script>alert" not in page.content
    assert b"<b>soup" not in page.content
    assert f"/admin/jobs/job/{row.parent_id}/change/".encode() in page.content
    whole = signed_in("olga").get(f"{LIST}{row.pk}/log/2/stderr/")
    assert whole["Content-Type"] == "text/plain; charset=utf-8"
    assert b"words on stderr" in whole.content


def test_a_jobs_page_leads_to_what_it_works_on() -> None:
    row = job(job_type="single_video_download", target="video000001")
    page = f"{LIST}{row.pk}/change/"
    address = b'href="/admin/channels_app/track/?youtube_id=video000001"'
    assert address in signed_in("olga").get(page).content
    Job.objects.update(job_type="from_the_future")
    assert b"What it works on" not in signed_in("olga").get(page).content


def test_a_parents_page_counts_its_family() -> None:
    parent = job("waiting", wait_for="children")
    for status in ("completed", "completed", "failed", "pending"):
        Link.objects.create(waiter=parent, needed=job(status, title=f"{status} child"))
    said = text(signed_in("olga").get(f"{LIST}{parent.pk}/change/"))
    assert "It needs 4 jobs: 2 completed, 1 failed, 1 active" in said


@pytest.mark.parametrize(
    "path",
    ["x/change/", "999999999999999999999/change/", "99/change/", "1/log/1/secrets/",
     "1/log/1/job/", "1/log/99/stdout/"],
)  # fmt: skip
def test_what_is_not_there_is_404(path: str) -> None:
    assert signed_in("ada").get(f"{LIST}{path}").status_code == 404


def test_history_cannot_be_written_by_hand() -> None:
    row, ada = job(), signed_in("ada")
    assert ada.get(f"{LIST}add/").status_code == 403
    assert ada.post(f"{LIST}{row.pk}/change/", {"status": "pending"}).status_code == 405
    assert ada.post(f"{LIST}{row.pk}/delete/", {"post": "yes"}).status_code == 403
    body = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
    ada.post(LIST, body)
    row.refresh_from_db()
    assert row.status == "completed"


# --- decisions ------------------------------------------------------------------------------------


def test_the_confirmation_says_how_many_and_why_not() -> None:
    moving = [job("failed", failure_code="stuck").pk for _ in range(2)]
    rows = [*moving, job("dead_letter", failure_code="video_private").pk, job("pending").pk]
    olga = signed_in("olga")
    page = olga.post(LIST, {"action": "retry", "_selected_action": rows})
    said = text(page)
    assert "2 will be retried" in said
    assert "2 will not" in said
    assert "1 · permanent failure" in said
    assert "1 · already active" in said
    assert Job.objects.filter(pk__in=moving, status="failed").count() == 2
    ids = ",".join(f"{pk}:0" for pk in sorted(moving, reverse=True))
    assert f'name="ids" value="{ids}"' in page.content.decode()


def test_who_confirms_second_does_not_retry_what_failed_again_meanwhile() -> None:
    """Two operators look at the same list; each retry costs one of its three rounds."""
    again, still = (job("failed", failure_code="stuck") for _ in range(2))
    shown = f"{again.pk}:0,{still.pk}:0"
    Job.objects.filter(pk=again.pk).update(lease=1, rounds=2)
    olga = signed_in("olga")
    olga.post(f"{LIST}do/retry/", {"ids": shown})
    said = text(olga.get(LIST))
    assert "1 retried." in said
    assert "1 not retried: changed meanwhile." in said
    again.refresh_from_db()
    assert (again.status, again.rounds) == ("failed", 2)


def test_doing_it_moves_what_was_shown_and_says_so() -> None:
    shown, other = job("failed", failure_code="stuck"), job("failed", failure_code="stuck")
    changed = job("failed", failure_code="stuck")
    Job.objects.filter(pk=changed.pk).update(status="pending")
    olga = signed_in("olga")
    back = f"{LIST}?status=failed"
    answer = olga.post(f"{LIST}do/retry/", {"ids": f"{shown.pk},{changed.pk}", "back": back})
    assert answer["Location"] == back
    said = text(olga.get(LIST))
    assert "1 retried." in said
    assert "1 not retried: already active." in said
    assert Job.objects.get(pk=shown.pk).status == "pending"
    assert Job.objects.get(pk=other.pk).status == "failed"
    entry = LogEntry.objects.get()
    assert (entry.user.username, entry.object_id) == ("olga", str(shown.pk))


def test_all_pages_of_a_list_are_a_bounded_selection(monkeypatch: pytest.MonkeyPatch) -> None:
    from videomind.admin_site import actions

    monkeypatch.setattr(actions, "MOST", 5)
    for _ in range(7):
        job("pending")
    body = {"action": "cancel", "_selected_action": [1], "select_across": "1"}
    said = text(signed_in("olga").post(LIST, body))
    assert "5 will be cancelled" in said
    assert "Only the first 5 of what you selected" in said


@pytest.mark.parametrize(
    ("name", "status", "fields", "ends"),
    [
        ("retry", "failed", {"failure_code": "stuck"}, "pending"),
        ("retry-by-name", "dead_letter", {"failure_code": "video_private"}, "pending"),
        ("cancel", "pending", {}, "cancelled"),
        ("dead-letter", "retrying", {}, "dead_letter"),
        ("reset-stuck", "running", {"attempt_number": 1, "lease": 1}, "retrying"),
    ],
)
def test_every_decision(name: str, status: str, fields: dict[str, Any], ends: str) -> None:
    long_ago = timezone.now() - timedelta(days=3)
    times = {"heartbeat_at": long_ago, "attempt_started_at": long_ago, "progress_at": long_ago}
    row = job(status, **fields, **(times if status == "running" else {}))
    olga = signed_in("olga")
    page = olga.get(f"{LIST}{row.pk}/change/")
    if name != "retry":  # the job's page offers the retry by name
        assert f"/admin/jobs/job/do/{name}/?ids={row.pk}&amp;" in page.content.decode()
    assert "1 will be" in text(olga.get(f"{LIST}do/{name}/?ids={row.pk}"))
    assert olga.post(f"{LIST}do/{name}/", {"ids": str(row.pk)}).status_code == 302
    row.refresh_from_db()
    assert row.status == ends


@pytest.mark.parametrize("name", ["retry", "retry-by-name", "cancel", "dead-letter", "reset-stuck"])
def test_a_forged_post_is_refused(name: str) -> None:
    row = job("pending")
    body = {"ids": str(row.pk)}
    assert signed_in("vera").post(f"{LIST}do/{name}/", body).status_code == 302  # to the login
    seer = _staff_who_may_only_look()
    assert seer.get(LIST).status_code == 200
    assert seer.post(f"{LIST}do/{name}/", body).status_code == 403
    assert seer.get(f"{LIST}do/{name}/?ids={row.pk}").status_code == 403
    listed = {"action": name, "_selected_action": [row.pk]}
    seer.post(LIST, listed)
    olga = signed_in("olga", csrf=True)
    assert olga.post(f"{LIST}do/{name}/", body).status_code == 403
    row.refresh_from_db()
    assert row.status == "pending"


def _staff_who_may_only_look() -> Client:
    from django.contrib.auth.models import Permission

    from tests.people import person

    user = person("sam")
    user.is_staff = True
    user.save()
    user.user_permissions.add(Permission.objects.get(codename="view_job"))
    return signed_in("sam")


@pytest.mark.parametrize("ids", ["x", "1;2", "1,-2", "1,,x", "9" * 19, ",".join(["1"] * 1001), "٣"])
def test_ids_that_are_none_are_refused(ids: str) -> None:
    assert signed_in("ada").post(f"{LIST}do/retry/", {"ids": ids}).status_code == 400


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_the_way_back_stays_here(back: str) -> None:
    answer = signed_in("ada").post(f"{LIST}do/retry/", {"ids": "", "back": back})
    assert answer["Location"] == LIST


def test_an_unknown_decision_is_refused() -> None:
    assert signed_in("ada").post(f"{LIST}do/format-disk/", {"ids": "1"}).status_code == 403


def test_an_operator_sets_a_lanes_limit_and_cannot_remove_it() -> None:
    olga = signed_in("olga")
    assert olga.post("/admin/jobs/lane/download/change/", {"limit": "2"}).status_code == 302
    assert olga.post("/admin/jobs/lane/download/delete/", {"post": "yes"}).status_code == 403


def test_a_hold_is_on_the_front_page_in_the_list_and_on_its_lanes_page() -> None:
    holds.meet("youtube", job_id=job("running").pk, reason="Sign in to confirm you are not a bot")
    olga = signed_in("olga")
    for address in ("/admin/", "/admin/jobs/lane/", "/admin/jobs/lane/download/change/"):
        assert "Sign in to confirm you are not a bot" in text(olga.get(address)), address
    assert "Held" in text(olga.get("/admin/jobs/lane/"))


def test_a_pause_that_began_while_a_limit_is_saved_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    clean = ModelForm.full_clean

    def paused_meanwhile(form: ModelForm[Any]) -> None:
        clean(form)
        Lane.objects.filter(pk="download").update(paused_at=timezone.now(), hold_cause="youtube")

    monkeypatch.setattr(ModelForm, "full_clean", paused_meanwhile)
    signed_in("olga").post("/admin/jobs/lane/download/change/", {"limit": "2"})
    lane = Lane.objects.get(pk="download")
    assert (lane.limit, lane.is_paused, lane.hold_cause) == (2, True, "youtube")

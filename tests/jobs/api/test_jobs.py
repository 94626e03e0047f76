"""The jobs' JSON API: create, look at, retry, cancel, change, remove."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from jobs import queue
from jobs.api.payloads import JobDetailPayload, JobPayload
from jobs.failures import FAILURES
from jobs.models import Attempt, Job, Link, Priority
from jobs.states import Outcome, Status
from tests.videomind.calling import Script, assert_problem, content
from videomind.scopes import Scope

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

# Scripts rely on these names.
FIELDS = """
    id, job_type, lane, parameters, status, priority, title, created_at, started_at,
    completed_at, run_at, next_retry_at, progress, result, retry_count, max_retries,
    timeout_seconds, worker_id, heartbeat_at, failure_code, failure_type, retryable,
    error_message, last_error_traceback, dead_letter_reason, moved_to_dead_letter_at,
    parent_job_id, depends_on, children, requested_by, log_file_path, attempts
""".replace(",", " ").split()
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


@pytest.fixture
def script() -> Script:
    return Script()


def trial(name: str = "", **options: Any) -> Job:
    asked = queue.Options(**options)
    return queue.submit("trial_sleep", {"name": name} if name else {}, options=asked).job


def ended(status: Status, **fields: Any) -> Job:
    job = trial()
    Job.objects.filter(pk=job.pk).update(status=status, completed_at=timezone.now(), **fields)
    job.refresh_from_db()
    return job


# --- create ---------------------------------------------------------------------------------------


def test_a_job_is_created_with_all_its_wishes(script: Script) -> None:
    run_at = timezone.now() + timedelta(hours=1)
    answer = script.post(
        "/api/jobs",
        {
            "job_type": "trial_sleep",
            "parameters": {"name": "one", "seconds": 1.5},
            "priority": 15,
            "run_at": run_at.isoformat(),
            "max_retries": 0,
            "timeout_seconds": 30,
        },
    )
    assert answer.status_code == 201
    made = content(answer)
    assert answer["Location"] == f"/api/jobs/{made['id']}"
    job = Job.objects.get()
    assert (job.priority, job.max_retries, job.timeout_seconds) == (15, 0, 30)
    assert job.run_at == run_at
    assert (job.status, job.requested_by) == (Status.WAITING, "nightly script")
    assert job.parameters == {"name": "one", "seconds": 1.5}


def test_the_answer_has_exactly_the_fields_of_the_contract(script: Script) -> None:
    made = content(script.post("/api/jobs", {"job_type": "noop"}))
    assert sorted(made) == sorted(FIELDS)
    assert sorted(FIELDS) == sorted(JobDetailPayload.__annotations__)
    assert sorted(made["progress"]) == ["current", "message", "percent", "total"]
    assert sorted(made["children"]) == ["active", "completed", "failed", "later", "total"]
    assert TIME.fullmatch(made["created_at"])
    listed = content(script.get("/api/jobs"))["items"][0]
    assert set(FIELDS) - listed.keys() == {"attempts", "last_error_traceback"}
    assert sorted(listed) == sorted(JobPayload.__annotations__)


def test_the_same_request_is_answered_with_the_job_that_exists(script: Script) -> None:
    body = {"job_type": "trial_sleep", "parameters": {"name": "one"}}
    first, second = script.post("/api/jobs", body), script.post("/api/jobs", body)
    assert (first.status_code, second.status_code) == (201, 200)
    assert content(first)["id"] == content(second)["id"]
    assert Job.objects.count() == 1


def test_the_same_target_with_other_parameters_is_409_with_the_id(script: Script) -> None:
    job = trial("one")
    body = {"job_type": "trial_sleep", "parameters": {"name": "one", "seconds": 9}}
    problem = assert_problem(script.post("/api/jobs", body), 409)
    assert problem["code"] == "already_active"
    assert problem["job_id"] == job.pk


BAD_BODIES: dict[str, Any] = {
    "no job type": {},
    "a job type of another type": {"job_type": 5},
    "null": {"job_type": None},
    "an unknown job type": {"job_type": "make_coffee"},
    "a class path as job type": {"job_type": "os.system"},
    "an unknown field": {"job_type": "noop", "command": "rm"},
    "a need that is not there": {"job_type": "noop", "depends_on": [1]},
    "a need that is no list": {"job_type": "noop", "depends_on": 1},
    "a need that is text": {"job_type": "noop", "depends_on": ["1"]},
    "too many needs": {"job_type": "noop", "depends_on": list(range(1, 102))},
    "parameters as a list": {"job_type": "noop", "parameters": []},
    "parameters as text": {"job_type": "noop", "parameters": "{}"},
    "an unknown parameter": {"job_type": "noop", "parameters": {"exec": "rm"}},
    "a parameter of another type": {"job_type": "noop", "parameters": {"name": 5}},
    "an object for a parameter": {"job_type": "noop", "parameters": {"name": {"a": 1}}},
    "text for a number": {"job_type": "trial_sleep", "parameters": {"seconds": "5"}},
    "true for a number": {"job_type": "trial_sleep", "parameters": {"times": True}},
    "a parameter that is too long": {"job_type": "noop", "parameters": {"name": "x" * 101}},
    "text for the priority": {"job_type": "noop", "priority": "5"},
    "true for the priority": {"job_type": "noop", "priority": True},
    "a fraction for the priority": {"job_type": "noop", "priority": 5.0},
    "a priority that is none": {"job_type": "noop", "priority": 7},
    "a time that is a number": {"job_type": "noop", "run_at": 1700000000},
    "a time without its zone": {"job_type": "noop", "run_at": "2030-01-01T00:00:00"},
    "a day for a time": {"job_type": "noop", "run_at": "2030-01-01"},
    "too many retries": {"job_type": "noop", "max_retries": 21},
    "retries below zero": {"job_type": "noop", "max_retries": -1},
    "no time at all": {"job_type": "noop", "timeout_seconds": 0},
    "a day of time": {"job_type": "noop", "timeout_seconds": 86_400},
}


@pytest.mark.parametrize("body", BAD_BODIES.values(), ids=BAD_BODIES.keys())
def test_a_wrong_body_is_400_and_leaves_no_row(script: Script, body: Any) -> None:
    problem = assert_problem(script.post("/api/jobs", body), 400)
    assert problem["errors"]
    assert not Job.objects.exists()


BAD_URLS = {
    "empty": "",
    "blank": "   ",
    "an option": "--config-locations=/x",
    "an option behind a space": " --exec=id",
    "another host behind an at sign": "https://www.youtube.com@127.0.0.1/",
    "user and password": "https://user:secret@www.youtube.com/watch?v=dQw4w9WgXcQ",
    "a file": "file:///etc/passwd",
    "a search": "ytsearch:x",
    "another site": "https://vimeo.com/76979871",
    "a host that only ends alike": "https://notyoutube.com/watch?v=dQw4w9WgXcQ",
    "a host that only begins alike": "https://www.youtube.com.evil.example/watch?v=dQw4w9WgXcQ",
    "an address on this machine": "http://127.0.0.1:8000/watch?v=dQw4w9WgXcQ",
    "a script": "javascript:alert(1)",
    "a line break": "https://www.youtube.com/watch?v=dQw4w9WgXcQ\n--exec id",
    "10,000 characters": "https://www.youtube.com/watch?v=" + "x" * 10_000,
}
URL_PARAMETER = {
    "single_video_download": "video_url",
    "channel_download": "channel_url",
    "playlist_download": "playlist_url",
    "metadata_extraction": "video_url",
}


@pytest.mark.parametrize("job_type", URL_PARAMETER)
@pytest.mark.parametrize("url", BAD_URLS.values(), ids=BAD_URLS.keys())
def test_a_url_that_is_not_youtubes_is_400_and_leaves_no_row(
    script: Script, job_type: str, url: str
) -> None:
    body = {"job_type": job_type, "parameters": {URL_PARAMETER[job_type]: url}}
    problem = assert_problem(script.post("/api/jobs", body), 400)
    assert problem["errors"]
    assert len(problem["detail"]) < 1000
    assert not Job.objects.exists()


def test_a_format_of_ones_own_is_for_administrators() -> None:
    body = {
        "job_type": "single_video_download",
        "parameters": {"video_id": "dQw4w9WgXcQ", "format_selector": "bestvideo+bestaudio"},
    }
    problem = assert_problem(Script(Scope.OPERATE).post("/api/jobs", body), 403)
    assert problem["code"] == "forbidden"
    assert not Job.objects.exists()
    assert Script(Scope.ADMIN).post("/api/jobs", body).status_code == 201


def test_nor_does_a_retry_take_a_format_from_anybody_else() -> None:
    video = {"video_id": "dQw4w9WgXcQ"}
    job = queue.submit("single_video_download", video).job
    Job.objects.update(status=Status.DEAD_LETTER)
    body = {"parameters": video | {"format_selector": "bestaudio"}}
    path = f"/api/jobs/{job.pk}/retry"
    problem = assert_problem(Script(Scope.OPERATE).post(path, body), 403)
    assert problem["code"] == "forbidden"
    job.refresh_from_db()
    assert (job.status, job.parameters) == (Status.DEAD_LETTER, video)
    assert Script(Scope.ADMIN).post(path, body).status_code == 200
    job.refresh_from_db()
    assert job.parameters["format_selector"] == "bestaudio"


@pytest.mark.parametrize(
    ("raw", "content_type", "status"),
    [
        (b'{"job_type": "noop"', "application/json", 400),
        (b'["noop"]', "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b'{"job_type": "noop"}', "text/plain", 415),
        (b'{"job_type": "noop"}', "application/json; charset=latin-1", 415),
        (b"job_type=noop", "application/x-www-form-urlencoded", 415),
        (b'{"job_type": "noop", "parameters": {"name": "' + b"x" * 70_000, "application/json", 413),
        (b"", "application/json", 415),
    ],
)
def test_a_body_that_is_not_json_is_refused(
    script: Script, raw: bytes, content_type: str, status: int
) -> None:
    answer = script.send("POST", "/api/jobs", raw=raw, content_type=content_type)
    assert_problem(answer, status)
    assert not Job.objects.exists()


# --- look -----------------------------------------------------------------------------------------


def test_one_job_comes_with_its_attempts_and_its_childrens_counts(script: Script) -> None:
    parent = trial()
    for status in (Status.COMPLETED, Status.COMPLETED, Status.DEAD_LETTER, Status.PENDING):
        child = ended(status)
        Link.objects.create(waiter=parent, needed=child)
    now = timezone.now()
    Attempt.objects.create(
        job=parent, number=1, lease=1, outcome=Outcome.FAILED, started_at=now, ended_at=now
    )
    found = content(script.get(f"/api/jobs/{parent.pk}"))
    assert found["children"] == {
        "total": 4, "completed": 2, "failed": 1, "active": 1, "later": 0,
    }  # fmt: skip
    assert [attempt["outcome"] for attempt in found["attempts"]] == ["failed"]


@pytest.mark.parametrize("path", ["", "/retry", "/cancel"])
def test_a_job_that_is_not_there_is_404(script: Script, path: str) -> None:
    for number in (4711, 10**18, 10**30):
        method = "POST" if path else "GET"
        assert_problem(script.send(method, f"/api/jobs/{number}{path}"), 404)


def test_a_job_may_need_others(script: Script) -> None:
    needed = trial("first")
    body = {"job_type": "noop", "depends_on": [needed.pk, needed.pk]}
    made = content(script.post("/api/jobs", body))
    assert (made["status"], made["depends_on"]) == ("waiting", [needed.pk])
    assert made["children"]["total"] == 0


def test_looking_asks_the_database_little(
    script: Script, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(5):
        parent = trial()
        Link.objects.create(waiter=parent, needed=trial())
    script.get("/api/jobs")
    # The token, the page, the children and the needs of the whole page.
    with django_assert_num_queries(4):
        assert len(content(script.get("/api/jobs"))["items"]) == 10
    # The token, the job, its children, its attempts.
    with django_assert_num_queries(5):
        script.get(f"/api/jobs/{parent.pk}")


def test_the_failure_codes_are_the_table(script: Script) -> None:
    items = content(script.get("/api/jobs/failure-codes"))["items"]
    assert [item["code"] for item in items] == list(FAILURES)
    assert all(item["sentence"] and item["action"] for item in items)


# --- retry, cancel, change, remove ----------------------------------------------------------------


def test_a_failed_job_is_retried(script: Script) -> None:
    job = ended(Status.DEAD_LETTER, failure_code="video_private")
    answer = script.post(f"/api/jobs/{job.pk}/retry")
    assert answer.status_code == 200
    assert content(answer)["status"] == "pending"


def test_a_job_is_retried_with_edited_parameters(script: Script) -> None:
    job = ended(Status.FAILED)
    answer = script.post(f"/api/jobs/{job.pk}/retry", {"parameters": {"seconds": 2}})
    assert content(answer)["parameters"] == {"seconds": 2}
    again = ended(Status.FAILED)
    wrong: list[Any] = [{"parameters": {"seconds": "2"}}, {"parameters": []}, {"priority": 5}]
    for body in wrong:
        assert_problem(script.post(f"/api/jobs/{again.pk}/retry", body), 400)
    again.refresh_from_db()
    assert again.status == Status.FAILED


def test_an_active_job_cannot_be_retried(script: Script) -> None:
    answer = script.post(f"/api/jobs/{trial().pk}/retry")
    assert assert_problem(answer, 409)["code"] == "wrong_state"


def test_a_waiting_job_is_cancelled_at_once_and_a_running_one_soon(script: Script) -> None:
    idle, running = trial(), trial()
    Job.objects.filter(pk=running.pk).update(status=Status.RUNNING)
    answer = script.post(f"/api/jobs/{idle.pk}/cancel")
    assert (answer.status_code, content(answer)["status"]) == (200, "cancelled")
    assert script.post(f"/api/jobs/{running.pk}/cancel").status_code == 202
    running.refresh_from_db()
    assert running.cancel_requested_at is not None


def test_a_finished_job_cannot_be_cancelled(script: Script) -> None:
    job = ended(Status.COMPLETED)
    assert_problem(script.post(f"/api/jobs/{job.pk}/cancel"), 409)


def test_the_priority_changes_while_a_job_is_active(script: Script) -> None:
    job = trial()
    answer = script.send("PATCH", f"/api/jobs/{job.pk}", body={"priority": 20})
    assert content(answer)["priority"] == Priority.CRITICAL
    for body in ({}, {"priority": 3}, {"priority": "20"}, {"status": "completed"}):
        assert_problem(script.send("PATCH", f"/api/jobs/{job.pk}", body=body), 400)
    done = ended(Status.COMPLETED)
    answer = script.send("PATCH", f"/api/jobs/{done.pk}", body={"priority": 20})
    assert_problem(answer, 409)


def test_deleting_cancels_an_active_job_and_removes_a_finished_one(script: Script) -> None:
    job = trial()
    assert script.send("DELETE", f"/api/jobs/{job.pk}").status_code == 200
    job.refresh_from_db()
    assert job.status == Status.CANCELLED
    job.log_folder.mkdir(parents=True)
    assert script.send("DELETE", f"/api/jobs/{job.pk}").status_code == 204
    assert not Job.objects.exists()
    assert not job.log_folder.exists()


def test_removing_files_with_the_job_is_not_there_yet(script: Script) -> None:
    job = ended(Status.COMPLETED)
    answer = script.send("DELETE", f"/api/jobs/{job.pk}", query={"files": "true"})
    assert_problem(answer, 501)
    assert Job.objects.filter(pk=job.pk).exists()


def test_what_nobody_foresaw_is_500_without_its_internals(
    script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise RuntimeError("the password is swordfish")

    monkeypatch.setattr(queue, "submit", broken)
    answer = script.post("/api/jobs", {"job_type": "noop"})
    assert_problem(answer, 500)
    assert b"swordfish" not in answer.content

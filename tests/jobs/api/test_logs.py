"""GET /api/jobs/logs/{id}: streams, tails and ranges."""

from __future__ import annotations

import pytest

from jobs import queue
from jobs.logs import streams
from jobs.models import Job
from tests.videomind.calling import Script, assert_problem, content
from videomind.scopes import Scope

pytestmark = pytest.mark.django_db


@pytest.fixture
def script() -> Script:
    return Script(Scope.READ)


@pytest.fixture
def job() -> Job:
    made = queue.submit("noop", {}).job
    made.log_folder.mkdir(parents=True)
    (made.log_folder / "job.log").write_text("one\ntwo\nthree\n")
    (made.log_folder / "stderr.log").write_text("é" * 10)
    second = streams.attempt_folder(made.log_folder, 2)
    second.mkdir()
    (second / "job.log").write_text("again\n")
    return made


def test_the_default_is_the_tail_of_the_last_attempts_log(script: Script, job: Job) -> None:
    first = content(script.get(f"/api/jobs/logs/{job.pk}"))
    assert first == {
        "stream": "job", "attempt": 1, "start": 0, "size": 14, "total": 14,
        "text": "one\ntwo\nthree\n",
    }  # fmt: skip
    Job.objects.filter(pk=job.pk).update(attempt_number=2)
    assert content(script.get(f"/api/jobs/logs/{job.pk}"))["text"] == "again\n"
    assert content(script.get(f"/api/jobs/logs/{job.pk}", attempt=1))["size"] == 14


def test_a_tail_and_a_range_are_bytes(script: Script, job: Job) -> None:
    path = f"/api/jobs/logs/{job.pk}"
    tail = content(script.get(path, tail=6))
    assert (tail["start"], tail["text"]) == (8, "three\n")
    part = content(script.get(path, start=4, size=3))
    assert (part["start"], part["size"], part["text"]) == (4, 3, "two")
    beyond = content(script.get(path, start=10**12))
    assert (beyond["size"], beyond["text"]) == (0, "")


def test_ranges_in_a_row_never_cut_a_character(script: Script, job: Job) -> None:
    text, start = "", 0
    while start < 20:
        part = content(script.get(f"/api/jobs/logs/{job.pk}", stream="stderr", start=start, size=3))
        text += part["text"]
        start += part["size"]
    assert text == "é" * 10


@pytest.mark.parametrize("stream", streams.STREAMS)
def test_every_stream_can_be_asked_for_and_a_missing_one_is_empty(
    script: Script, job: Job, stream: str
) -> None:
    found = content(script.get(f"/api/jobs/logs/{job.pk}", stream=stream, attempt=9))
    assert (found["total"], found["text"]) == (0, "")


@pytest.mark.parametrize(
    "query",
    [
        {"stream": "../../secret_key"},
        {"stream": "job.log"},
        {"attempt": "../1"},
        {"attempt": 0},
        {"tail": 0},
        {"tail": 2**21},
        {"start": -1},
        {"tail": 5, "start": 0},
        {"file": "x"},
    ],
)
def test_a_wrong_wish_is_400(script: Script, job: Job, query: dict[str, object]) -> None:
    assert_problem(script.get(f"/api/jobs/logs/{job.pk}", **query), 400)


def test_a_job_that_is_not_there_is_404(script: Script) -> None:
    assert_problem(script.get("/api/jobs/logs/4711"), 404)


def test_a_link_in_the_folder_is_not_followed(script: Script, job: Job) -> None:
    (job.log_folder / "stdout.log").symlink_to("/etc/hostname")
    found = content(script.get(f"/api/jobs/logs/{job.pk}", stream="stdout"))
    assert found["text"] == ""

"""The live log: new bytes only, the newest attempt, and never another job's lines."""

from __future__ import annotations

import html as entities
import re
import shutil
from typing import Any

import pytest
from django.test import Client

from jobs.logs import reader, streams
from jobs.logs.writer import JobLog
from jobs.models import Job
from jobs.states import Status
from tests.jobs.views.consoling import FRAGMENT, HOSTILE, failed_job, html, job, person

pytestmark = [pytest.mark.django_db]

SECRET = "the neighbour's line"


def write(job: Job, *lines: str, attempt: int = 1, stream: streams.Stream = "job") -> None:
    written = JobLog(job.log_folder, attempt=attempt)
    for line in lines:
        written.write(line, stream=stream)
    written.close()


def pieces(text: str) -> str:
    return entities.unescape("".join(re.findall(r'class="log-piece">([^<]*)<', text)))


def place(text: str) -> str:
    """The address that asks for what follows; "" when nothing does."""
    found = re.search(r'hx-get="(/jobs/\d+/log/more[^"]*)"', text)
    return entities.unescape(found[1]) if found else ""


def test_a_running_jobs_log_grows_by_what_is_new() -> None:
    made = job(status=Status.RUNNING, attempt_number=1)
    write(made, "first")
    client = person()
    following = place(html(client, f"/jobs/{made.pk}/"))
    assert client.get(following).status_code == 204
    write(made, "second é")
    answer = client.get(following)
    assert answer.status_code == 200
    text = answer.content.decode()
    assert "first" not in text
    assert pieces(text).endswith("second é\n")
    assert client.get(place(text)).status_code == 204


def test_the_last_lines_of_an_ended_job_come_with_286() -> None:
    made = job(status=Status.RUNNING, attempt_number=1)
    client = person()
    following = place(html(client, f"/jobs/{made.pk}/"))
    write(made, "the end")
    Job.objects.update(status=Status.COMPLETED)
    answer = client.get(following)
    text = answer.content.decode()
    assert answer.status_code == 286
    assert "the end" in text
    assert place(text) == ""
    assert place(html(client, f"/jobs/{made.pk}/")) == ""


def test_every_byte_arrives_once_however_the_pieces_are_cut() -> None:
    made = job(status=Status.COMPLETED, attempt_number=1)
    write(made, *("é" * reader.PIECE, "日本の鉄道" * (reader.PIECE // 10), "🙂" * reader.PIECE))
    client = person()
    following, whole = f"/jobs/{made.pk}/log/more?start=0", ""
    while following:
        text = client.get(following).content.decode()
        whole += pieces(text)
        following = place(text)
    assert whole == reader.read_tail(made.log_folder, 1, "job", size=10 * reader.PIECE)
    assert "load delay" not in text


def test_a_long_log_begins_near_its_end_at_a_whole_line() -> None:
    made = failed_job(attempt_number=1)
    write(made, *(f"line {number} {'.' * 2000}" for number in range(50)))
    text = html(person(), f"/jobs/{made.pk}/")
    shown = pieces(text)
    assert "line 49 " in shown
    assert "line 3 " not in shown
    assert re.match(r"\d{4}-", shown)


def test_who_follows_the_log_is_led_to_the_next_attempt() -> None:
    made = job(status=Status.RUNNING, attempt_number=1)
    write(made, "the first try")
    client = person()
    following = place(html(client, f"/jobs/{made.pk}/"))
    stays = place(html(client, f"/jobs/{made.pk}/", attempt="1"))
    Job.objects.update(attempt_number=2)
    write(made, "the second try", attempt=2)
    text = client.get(following).content.decode()
    assert "Attempt 2" in text
    assert "the second try" in text
    assert client.get(stays).status_code == 286


def test_a_log_that_became_shorter_is_shown_from_its_end_again() -> None:
    made = job(status=Status.RUNNING, attempt_number=1)
    write(made, "short now")
    text = person().get(f"/jobs/{made.pk}/log/more?start=100000").content.decode()
    assert "the middle was left out" in text
    assert "short now" in text


@pytest.mark.parametrize("stream", streams.STREAMS)
def test_each_part_has_its_tab(stream: streams.Stream) -> None:
    made = failed_job(attempt_number=1)
    JobLog(made.log_folder).summary(f"only in {stream}") if stream == "summary" else write(
        made, f"only in {stream}", stream=stream
    )
    client = person()
    assert f"only in {stream}" in html(client, f"/jobs/{made.pk}/", stream=stream)
    part = client.get(f"/jobs/{made.pk}/log", {"stream": stream}, headers=FRAGMENT)
    assert part.content.lstrip().startswith(b"<section")
    assert f"only in {stream}" in part.content.decode()


def test_a_line_of_the_log_is_text() -> None:
    made = job(status=Status.RUNNING, attempt_number=1)
    write(made, HOSTILE, "</pre></span><b hx-get='/x'>")
    client = person()
    for path in ("", "log", "log/more?start=0"):
        text = client.get(f"/jobs/{made.pk}/{path}").content.decode()
        assert "<script>" not in text
        assert "<img src=x" not in text
        assert "<b hx-get" not in text


# --- no way to another's log ----------------------------------------------------------------------


@pytest.fixture
def neighbour() -> Job:
    made = failed_job(attempt_number=1)
    write(made, SECRET)
    return made


def read_all(client: Client, job_id: int, **query: Any) -> str:
    paths = (f"/jobs/{job_id}/", f"/jobs/{job_id}/log", f"/jobs/{job_id}/log/more")
    return "".join(client.get(path, query).content.decode() for path in paths)


@pytest.mark.parametrize(
    "query",
    [
        {"stream": "../job_000001_noop/job"},
        {"stream": "job.log"},
        {"stream": "/etc/passwd"},
        {"stream": "job\x00"},
        {"attempt": "../1"},
        {"attempt": "-1"},
        {"attempt": "1/../../job_000001_noop"},
        {"attempt": "9" * 40},
        {"start": "-1"},
        {"start": "9" * 40},
        {"stream": "x" * 5000},
    ],
)
def test_no_parameter_leads_to_another_jobs_log(neighbour: Job, query: dict[str, str]) -> None:
    made = failed_job(attempt_number=1)
    text = read_all(person(), made.pk, **query)
    assert SECRET not in text
    assert "root:" not in text


def test_links_on_the_disk_lead_nowhere(neighbour: Job) -> None:
    made = job(status=Status.RUNNING, attempt_number=2)
    folder, other = made.log_folder, neighbour.log_folder
    client = person()
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.symlink_to(other)
    assert SECRET not in read_all(client, made.pk, attempt="1")
    folder.unlink()
    folder.mkdir()
    (folder / "attempt_2").symlink_to(other)
    assert SECRET not in read_all(client, made.pk)
    (folder / "job.log").symlink_to(other / "job.log")
    assert SECRET not in read_all(client, made.pk, attempt="1")
    shutil.rmtree(folder)


@pytest.mark.parametrize(
    "path", ["..%2f1/log", "%2e%2e/1/log", "1%00/log", "1/log/..%2f..%2f2/log", "1/log/more/../x"]
)
def test_an_address_with_tricks_is_no_page(path: str) -> None:
    assert person().get(f"/jobs/{path}").status_code == 404

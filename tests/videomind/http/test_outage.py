"""A database that does not answer: said as such, with when to ask again, and never as a bug."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import InterfaceError, OperationalError, connection

from metadata.management.commands.extract_channel_metadata import Command
from metadata.models import YouTubeVideoMetadata
from tests.videomind.calling import Script, assert_problem

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]

AWAY = [OperationalError("connection refused\n\tIs it running?"), InterfaceError("it is closed")]


@contextmanager
def outage(error: Exception) -> Iterator[None]:
    def refuse(*args: Any) -> Any:
        raise error

    with connection.execute_wrapper(refuse):
        yield


@pytest.mark.parametrize("error", AWAY, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/api/jobs", None),
        ("GET", "/api/tracks", None),
        ("POST", "/api/jobs", {"job_type": "noop"}),
        ("DELETE", "/api/jobs/1", None),
    ],
)
def test_the_api_answers_503_with_when_to_ask_again(
    method: str, path: str, body: Any, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    script = Script()
    with outage(error), caplog.at_level(logging.ERROR, "videomind.http"):
        answer = script.send(method, path, body=body)
    problem = assert_problem(answer, 503)
    assert problem["code"] == "database_unavailable"
    assert int(answer["Retry-After"]) > 0
    assert str(error) not in answer.content.decode()
    assert [record.exc_info for record in caplog.records] == [None]
    assert "\n" not in caplog.text.strip()


@pytest.mark.parametrize("error", AWAY, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize(
    "command",
    [
        ("jobs", "list", "--json"),
        ("jobs", "add", "noop", "--json"),
        ("jobs", "status"),
        ("jobs", "retry", "1"),
        ("cleanup_stuck_jobs", "--json"),
    ],
    ids=" ".join,
)
def test_a_command_says_it_in_one_line_and_ends_with_1(
    command: tuple[str, ...], error: Exception, capsys: pytest.CaptureFixture[str]
) -> None:
    with outage(error), pytest.raises(CommandError) as refused:
        call_command(*command)
    assert refused.value.returncode == 1
    assert str(refused.value).startswith("The database does not answer: ")
    assert "\n" not in str(refused.value)
    assert capsys.readouterr().out == ""


def test_an_extraction_that_cannot_store_says_so_in_one_line_and_ends_with_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Command, "_run", lambda *_: YouTubeVideoMetadata.objects.exists())
    with outage(AWAY[0]), pytest.raises(CommandError, match="database does not answer") as refused:
        call_command("extract_channel_metadata", "https://www.youtube.com/@Garden", "--json")
    assert refused.value.returncode == 1
    assert capsys.readouterr().out == ""

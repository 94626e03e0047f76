"""What machines ask the site: alive, ready, which version."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from django.conf import settings
from django.db import DatabaseError
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from tests.videomind.calling import assert_problem, content
from videomind.health import readiness
from videomind.version import VERSION


def test_alive_asks_nobody() -> None:
    """No database mark: a query would fail this test."""
    answer = Client().get("/healthz")
    assert (answer.status_code, content(answer)) == (200, {"status": "ok"})
    assert answer["Cache-Control"] == "no-store"


def test_the_version_is_the_projects() -> None:
    project = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())["project"]
    assert project["version"] == VERSION
    assert content(Client().get("/version"))["version"] == VERSION


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/version"])
def test_a_probe_answers_reads_only(path: str) -> None:
    assert_problem(Client().post(path), 405)


@pytest.mark.django_db
@pytest.mark.both_databases
def test_ready_when_nothing_is_in_the_way(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    assert content(Client().get("/readyz")) == {"status": "ok", "reasons": []}
    # Once migrated: does it answer, and is the marker missed.
    with django_assert_num_queries(2):
        Client().get("/readyz")


@pytest.mark.django_db
def test_a_database_that_does_not_answer_is_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def silent() -> bool:
        raise DatabaseError("postgres://owner:swordfish@db/videomind")

    monkeypatch.setattr(readiness, "_is_migrated", silent)
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert content(answer)["reasons"] == ["The database does not answer."]
    assert b"swordfish" not in answer.content


@pytest.mark.django_db
def test_a_database_that_is_not_migrated_is_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "_is_migrated", lambda: False)
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert "migrate" in content(answer)["reasons"][0]


@pytest.mark.django_db
def test_a_media_folder_that_is_gone_is_a_reason_without_its_path(
    settings: Settings, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path / "gone"
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert content(answer)["reasons"] == ["The media folder is not there."]


@pytest.mark.django_db
def test_a_media_folder_that_cannot_be_written_is_a_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("os.access", lambda *_: False)
    assert content(Client().get("/readyz"))["reasons"] == ["The media folder cannot be written to."]


@pytest.mark.django_db
def test_a_lost_marker_matters_only_when_there_are_files(monkeypatch: pytest.MonkeyPatch) -> None:
    class Library:
        class objects:  # noqa: N801
            @staticmethod
            def exists() -> bool:
                return True

    assert readiness.reasons() == []
    monkeypatch.setattr(readiness, "TrackFile", Library)
    assert "marker" in readiness.reasons()[0]


def test_head_is_get_without_its_body() -> None:
    answer = Client().head("/version")
    assert answer.status_code == 200
    assert answer.content == b""
    assert int(answer["Content-Length"]) == len(Client().get("/version").content)

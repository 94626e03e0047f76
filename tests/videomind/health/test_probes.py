"""What machines ask the site: alive, ready, which version."""

from __future__ import annotations

import os
import tomllib
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from channels_app.storage.volume import media_volume
from jobs.processes import node
from tests.channels_app import stock
from tests.jobs.conftest import beating
from tests.looking import note_look, our_node
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
    # Once migrated: does it answer, and what is known of this host's disk.
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


@pytest.fixture
def root(settings: Settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.MEDIA_ROOT.mkdir()
    return Path(settings.MEDIA_ROOT)


def reasons_after_a_look() -> list[str]:
    note_look()
    answer = Client().get("/readyz")
    reasons: list[str] = content(answer)["reasons"]
    assert answer.status_code == (503 if reasons else 200)
    return reasons


@pytest.mark.django_db
def test_a_media_folder_that_is_gone_is_a_reason_without_its_path(root: Path) -> None:
    marker = media_volume().marker
    assert reasons_after_a_look() == []
    marker.unlink()
    marker.parent.rmdir()
    root.rmdir()
    assert reasons_after_a_look() == ["The media folder is not there."]


@pytest.mark.django_db
def test_a_media_folder_that_cannot_be_written_is_a_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("os.access", lambda *_: False)
    assert reasons_after_a_look() == ["The media folder cannot be written to."]


@pytest.mark.django_db
def test_a_lost_marker_matters_only_when_there_are_files(root: Path) -> None:
    assert reasons_after_a_look() == []
    stock.row(stock.track(), "library/film.mp4")
    assert "marker" in reasons_after_a_look()[0]


@pytest.mark.django_db
@pytest.mark.parametrize("says", ["VideoMind media volume another\n", "something else", ""])
def test_another_disk_in_the_librarys_place_is_a_reason_that_names_no_path(
    says: str, root: Path
) -> None:
    media_volume().marker.write_text(says)
    [reason] = reasons_after_a_look()
    assert "marker" in reason
    assert "/" not in reason


@pytest.mark.django_db
def test_a_disk_below_its_floor_is_a_reason(settings: Settings) -> None:
    settings.MIN_FREE_DISK = 10**15
    assert reasons_after_a_look() == ["Less space is free than the configured minimum."]


@pytest.mark.django_db
@pytest.mark.both_databases
def test_a_look_that_is_overdue_is_a_reason_that_says_since_when(settings: Settings) -> None:
    at = timezone.now() - timedelta(seconds=settings.LOOK_OVERDUE_S + 1)
    our_node(disk_looked_at=at)
    said = f"The media folder does not answer since {at:%Y-%m-%d %H:%M:%S} UTC."
    assert content(Client().get("/readyz"))["reasons"] == [said]


@pytest.mark.django_db
def test_a_supervisor_that_has_not_looked_yet_is_a_reason() -> None:
    our_node()
    said = "The media folder has not been looked at yet."
    assert content(Client().get("/readyz"))["reasons"] == [said]


@pytest.mark.django_db
@pytest.mark.both_databases
def test_of_two_supervisors_of_a_host_the_one_that_looked_last_tells() -> None:
    """A killed one leaves its row behind; the next one has not looked yet."""
    beating(node.host_name())
    assert reasons_after_a_look() == []


@pytest.mark.django_db
def test_what_another_host_sees_of_its_disk_is_no_reason_here() -> None:
    """Nor is anything where no supervisor is: nobody looks there."""
    beating("elsewhere")
    assert readiness.reasons() == []


@pytest.mark.django_db
def test_readiness_never_touches_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    note_look()
    assert readiness.reasons() == []
    with monkeypatch.context() as without_a_disk:
        for name in ("stat", "lstat", "access", "statvfs", "open", "scandir"):
            without_a_disk.setattr(os, name, None)
        assert readiness.reasons() == []


def test_head_is_get_without_its_body() -> None:
    answer = Client().head("/version")
    assert answer.status_code == 200
    assert answer.content == b""
    assert int(answer["Content-Length"]) == len(Client().get("/version").content)

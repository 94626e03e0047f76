"""A cookies file that is configured and cannot be read stops the work: nobody does without it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from jobs.models import Lane
from jobs.states import Outcome, Status
from metadata.cookies import CookiesMissing, cookies_file, read_cookies, trouble
from metadata.models import YouTubeVideoMetadata
from tests.metadata.test_command import extract as by_command
from tests.metadata.test_worker import extract as by_job
from tests.youtube import LoopbackYouTube

GARDEN = "https://www.youtube.com/@Garden"
NOT_THERE = "COOKIES_FILE cannot be read: No such file or directory."
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def cookies(tmp_path: Path, settings: Settings) -> Path:
    file = tmp_path / "cookies.txt"
    file.write_text("# Netscape HTTP Cookie File\n")
    settings.COOKIES_FILE = str(file)
    return file


def test_a_file_that_is_there_is_read_and_named(cookies: Path) -> None:
    assert read_cookies() == cookies.read_bytes()
    assert cookies_file() == str(cookies)


def test_where_none_is_configured_there_is_none(settings: Settings) -> None:
    settings.COOKIES_FILE = ""
    assert (read_cookies(), cookies_file()) == (None, None)
    assert trouble(LONG_AGO) == ""


@pytest.mark.parametrize("asks", [read_cookies, cookies_file])
def test_a_file_that_cannot_be_read_is_missing(asks: Callable[[], object], cookies: Path) -> None:
    cookies.unlink()
    with pytest.raises(CookiesMissing, match=NOT_THERE):
        asks()


def test_a_hold_lasts_until_the_file_has_changed_and_can_be_read(cookies: Path) -> None:
    later = datetime.now(UTC) + timedelta(hours=1)
    assert trouble(None) == ""
    assert trouble(LONG_AGO) == ""
    assert trouble(later) == "The cookies have not changed yet."
    cookies.unlink()
    assert trouble(LONG_AGO) == NOT_THERE
    cookies.mkdir()
    assert trouble(LONG_AGO) == "COOKIES_FILE cannot be read: Is a directory."
    assert trouble(None) == ""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "wanted", [{"channel_url": GARDEN, "extract_type": "full"}, {"video_id": "dQw4w9WgXcQ"}]
)
def test_an_extraction_goes_back_unharmed_and_holds_the_work_on_youtube(
    wanted: dict[str, str], cookies: Path, youtube: LoopbackYouTube, asked: Callable[[], int]
) -> None:
    cookies.unlink()
    job = by_job(**wanted)
    assert (job.status, job.failure_code, job.retry_count) == (Status.PENDING, "cookies_refused", 0)
    assert job.attempts.get().outcome == Outcome.HELD
    held = Lane.objects.filter(hold_cause="cookies")
    assert {"download", "metadata", "sync"} <= set(held.values_list("name", flat=True))
    assert {lane.hold_reason for lane in held} == {NOT_THERE}
    assert asked() == 0


@pytest.mark.django_db
def test_a_command_says_so_and_asks_youtube_nothing(
    cookies: Path, youtube: LoopbackYouTube, asked: Callable[[], int]
) -> None:
    cookies.unlink()
    code, out, err = by_command(GARDEN)
    assert (code, err) == (1, f"{GARDEN}: {NOT_THERE} (cookies_refused)\n")
    assert "1 errors" in out
    assert asked() == 0
    assert not YouTubeVideoMetadata.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_extraction_leaves_the_cookies_as_they_are(
    cookies: Path, youtube: LoopbackYouTube
) -> None:
    before = cookies.read_bytes()
    assert by_job(channel_url=GARDEN).status == Status.COMPLETED
    assert cookies.read_bytes() == before

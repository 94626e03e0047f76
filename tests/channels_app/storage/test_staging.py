"""The folder of an attempt: its cookies, and that nothing of it stays."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest
from django.conf import settings
from pytest_django.fixtures import Settings

from channels_app.storage.staging import folders
from channels_app.storage.volume import Volume
from jobs.models import Job, Lane
from tests.channels_app.attempts import KILL, Child, cancel, die_at, ours, run, submit
from tests.channels_app.conftest import Submit, run_all

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]


@pytest.fixture
def cookies(tmp_path: Path, settings: Settings) -> Path:
    path = tmp_path / "cookies of mine.txt"
    path.write_text("# Netscape HTTP Cookie File\n")
    settings.COOKIES_FILE = str(path)
    return path


def held_by() -> set[str]:
    return set(Lane.objects.exclude(hold_cause="").values_list("hold_cause", flat=True))


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_disk_without_room_for_a_copy_of_the_cookies_is_full_and_no_matter_of_the_cookies(
    code: int, cookies: Path, child: Child, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = Path.write_bytes

    def full(path: Path, data: bytes) -> int:
        if path.name == "cookies.txt":
            raise OSError(code, "no room")
        return write(path, data)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        assert run(job).failure_code == "disk_full"
    assert held_by() == {"disk"}
    assert ours("staging") == []


def test_cookies_that_cannot_be_read_hold_the_downloads(
    cookies: Path, child: Child, job: Job
) -> None:
    cookies.unlink()
    assert run(job).failure_code == "cookies_refused"
    assert held_by() == {"cookies"}


@pytest.mark.parametrize(
    ("kind", "source"),
    [
        ("channel_download", {"channel_id": "@garden"}),
        ("playlist_download", {"playlist_id": "PL" + "x" * 32}),
    ],
)
def test_a_listing_does_not_go_on_without_the_cookies_it_should_have(
    kind: str, source: dict[str, str], cookies: Path, child: Child, request: pytest.FixtureRequest
) -> None:
    submit_any: Submit = request.getfixturevalue("submit")
    cookies.unlink()
    job = submit_any(kind, **source)
    run_all(most=1)
    job.refresh_from_db()
    assert (job.failure_code, child.runs) == ("cookies_refused", 0)


@pytest.mark.parametrize("step", ["before the rows", "before the note is gone"])
def test_a_retry_that_finds_all_published_leaves_no_folder_with_cookies(
    step: str, cookies: Path, child: Child, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    die_at(KILL[step], job, monkeypatch)
    assert ours("staging") == ["cookies.txt"]

    assert (run(job).status, child.runs) == ("completed", 1)
    assert ours("staging") == []


def test_the_folder_of_an_ended_job_is_taken_away_also_where_the_video_is_here(
    child: Child, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(job)
    killed = submit(force=True)
    die_at(KILL["before the note"], killed, monkeypatch)
    cancel(killed)

    assert run(submit()).progress_message == "Already here."
    assert folders(Volume(Path(settings.MEDIA_ROOT))) == []


def test_an_attempt_takes_only_older_ones_folders_away(
    child: Child, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    staging = Path(settings.MEDIA_ROOT) / ".videomind" / "staging"
    others = [f"{job.pk}-99", f"{job.pk + 1000}-1", "lost+found", f"{job.pk}-old"]
    for name in (f"{job.pk}-0", *others):
        (staging / name).mkdir(parents=True)

    assert run(job).status == "completed"
    assert {path.name for path in staging.iterdir()} == set(others)
    assert Job.objects.get().lease == 1

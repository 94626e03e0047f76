"""The library's disk goes away, or another one is in its place: nothing is written, all wait."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django.fixtures import Settings

from channels_app.maintenance.cleanup import clean_up
from channels_app.models import MediaVolume, TrackFile
from channels_app.storage.staging import folders
from channels_app.storage.volume import MediaRootMissing, Volume, media_volume
from jobs.execution.attempt import Work
from jobs.lanes import holds
from jobs.models import Job, Lane
from jobs.processes.child_process import ChildEnd
from jobs.recovery import promotion
from jobs.states import Outcome, Status
from tests.channels_app.attempts import Child, library, run
from tests.looking import look, look_and_hold
from tests.working import run_next

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]


@pytest.fixture
def root(tmp_path: Path, settings: Settings) -> Path:
    """A media root that may be moved away."""
    path = tmp_path / "media"
    settings.MEDIA_ROOT = path
    return path


@pytest.fixture
def marker(root: Path) -> Path:
    return media_volume().marker


def go_away(root: Path) -> None:
    root.rename(root.with_name("media.gone"))


def come_back(root: Path) -> None:
    root.with_name("media.gone").rename(root)


def be_unmounted(root: Path) -> None:
    go_away(root)
    root.mkdir()


def be_exchanged(root: Path) -> None:
    go_away(root)
    (root / ".videomind").mkdir(parents=True)
    (root / ".videomind" / "volume").write_text("VideoMind media volume another\n")


def trouble() -> str:
    return look().disk_detail


def files_below(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file()]


def child_that(
    meets: Callable[[dict[str, Any]], ChildEnd], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Work, "run_child", lambda work, name, parameters: meets(parameters))


def error(message: str, *, number: int | None = None, path: str = "") -> ChildEnd:
    told = {"exception": "DownloadError", "inner": [], "message": message, "warnings": []}
    return ChildEnd(
        error=told | {"http_status": None, "errno": number, "path": path, "stage": "media"}
    )


ENDS = [
    error("[Errno 2] No such file or directory: 'x.f137.mp4'", number=2),
    error("ERROR: Postprocessing: Conversion failed!"),
    ChildEnd(error={"code": "file_unreadable", "message": "moov atom not found"}),
    ChildEnd(crash="Traceback\nKeyError: 'x'"),
    ChildEnd(signal=9),
]


@pytest.mark.parametrize(
    ("leave", "end"),
    [*((go_away, end) for end in ENDS), (be_unmounted, ENDS[0]), (be_exchanged, ENDS[1])],
)
def test_whatever_a_download_ends_with_while_its_disk_is_away_the_disk_is_to_blame(
    leave: Callable[[Path], None],
    end: ChildEnd,
    root: Path,
    job: Job,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def meet(parameters: dict[str, Any]) -> ChildEnd:
        leave(root)
        return end

    child_that(meet, monkeypatch)
    run(job)

    assert (job.status, job.attempt_number, job.retry_count) == ("pending", 0, 0)
    assert job.attempts.get().failure_code == "media_root_missing"
    assert str(root / ".videomind") in job.error_message
    assert "Errno" not in job.error_message
    assert set(files_below(root)) <= {"volume"}
    assert holds.held("media_root").exists()


def test_a_finished_download_is_not_published_on_another_disk_and_again_once_it_is_back(
    root: Path, child: Child, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = child.run

    def then_exchanged(*given: Any) -> ChildEnd:
        end = film(*given)
        be_exchanged(root)
        return end

    with monkeypatch.context() as patch:
        patch.setattr(child, "run", then_exchanged)
        run(job)
    assert job.attempts.get().outcome == Outcome.HELD
    assert files_below(root) == ["volume"]
    assert not TrackFile.objects.exists()

    root.rename(root.with_name("another"))
    come_back(root)
    look_and_hold()
    assert run(job).status == "completed"
    assert TrackFile.objects.count() == len(library())


CODES = ["unknown", "conversion_failed", "file_unreadable", "internal_error", "child_killed"]


@pytest.mark.parametrize(("end", "code"), list(zip(ENDS, CODES, strict=True)))
def test_a_failure_on_a_disk_that_is_there_keeps_its_cause(
    end: ChildEnd, code: str, root: Path, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    child_that(lambda _: end, monkeypatch)

    assert run(job).failure_code == code
    assert not holds.held("media_root").exists()


def test_a_file_that_was_missing_while_the_disk_was_away_for_a_moment_spends_no_attempt(
    root: Path, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meet(parameters: dict[str, Any]) -> ChildEnd:
        return error("[Errno 2] No such file", number=2, path=f"{parameters['staging']}/x.f137.mp4")

    child_that(meet, monkeypatch)
    run(job)
    assert (job.status, job.attempt_number) == ("pending", 0)
    assert "x.f137.mp4 was not there: was the disk taken away?" in job.error_message

    # Should it be our own mistake, the job ends by itself.
    for _ in range(10):
        look_and_hold()
        Job.objects.update(next_retry_at=timezone.now() - timedelta(seconds=1))
        promotion.promote()
        if not run_next():
            break
    job.refresh_from_db()
    assert job.status == Status.DEAD_LETTER
    assert not Lane.objects.exclude(hold_cause="").exists()


def test_a_staging_folder_that_vanished_alone_is_the_disks_fault_too(
    root: Path, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meet(parameters: dict[str, Any]) -> ChildEnd:
        folders(media_volume())[0].remove()
        return ENDS[1]

    child_that(meet, monkeypatch)
    assert run(job).failure_code == "media_root_missing"


def test_what_the_worker_itself_meets_on_a_disk_that_went_away_is_the_disks_fault(
    root: Path, child: Child, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        be_unmounted(root)
        raise OSError(errno.ENOTEMPTY, os.strerror(errno.ENOTEMPTY), str(root / "library"))

    monkeypatch.setattr("channels_app.publishing.publish.put_in_place", fail)
    assert run(job).failure_code == "media_root_missing"
    assert files_below(root) == []


# --- the marker -----------------------------------------------------------------------------------


def test_the_first_use_makes_the_media_root_and_marks_it_here_and_there(root: Path) -> None:
    volume = media_volume()

    assert MediaVolume.objects.get().marker == volume.id != ""
    assert volume.marker.read_text() == f"VideoMind media volume {volume.id}\n"
    assert root.stat().st_mode & 0o777 == 0o700
    assert (trouble(), media_volume()) == ("", volume)


@pytest.mark.parametrize("leave", [go_away, be_unmounted, be_exchanged])
def test_once_marked_nothing_else_is_accepted_also_while_the_library_is_empty(
    leave: Callable[[Path], None], marker: Path, root: Path
) -> None:
    leave(root)
    there = sorted(root.rglob("*"))

    with pytest.raises(MediaRootMissing) as raised:
        media_volume()
    assert str(raised.value) == trouble()
    assert MediaVolume.objects.get().marker in trouble()
    assert sorted(root.rglob("*")) == there


def test_a_library_that_is_moved_with_its_marker_is_accepted(marker: Path, root: Path) -> None:
    says = marker.read_text()
    be_unmounted(root)
    marker.parent.mkdir()
    marker.write_text(says)

    assert (trouble(), media_volume().marker) == ("", marker)


def test_a_marker_from_before_the_database_knew_of_it_is_taken_over(root: Path) -> None:
    corner = root / ".videomind"
    corner.mkdir(parents=True)
    (corner / "volume").write_text("VideoMind media volume REAL\n")

    assert trouble() == ""
    assert (media_volume().id, MediaVolume.objects.get().marker) == ("REAL", "REAL")


def test_a_library_from_before_that_is_not_mounted_is_not_marked_anew(
    root: Path, child: Child, job: Job
) -> None:
    run(job)
    MediaVolume.objects.all().delete()
    be_unmounted(root)

    assert "is the disk mounted?" in trouble()
    with pytest.raises(MediaRootMissing):
        media_volume()
    assert list(root.iterdir()) == []


def test_two_that_mark_at_once_agree(root: Path) -> None:
    found: list[str] = []
    both = threading.Barrier(2)

    def mark() -> None:
        both.wait()
        try:
            found.append(media_volume().id)
        finally:
            connection.close()

    threads = [threading.Thread(target=mark) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found == [MediaVolume.objects.get().marker] * 2 == [Volume(root).found()] * 2


def test_a_marker_that_cannot_be_written_leaves_no_row(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, text: str) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))

    with monkeypatch.context() as patch:
        patch.setattr("channels_app.storage.volume.write_durably", refuse)
        with pytest.raises(OSError, match="Read-only"):
            media_volume()
    assert not MediaVolume.objects.exists()
    assert media_volume().id


def test_the_look_makes_the_media_root_only_while_nothing_was_ever_marked(root: Path) -> None:
    assert trouble() == ""
    assert root.is_dir()

    media_volume()
    go_away(root)
    assert "is not there" in trouble()
    assert not root.exists()


def test_nothing_is_tidied_up_on_another_disk(marker: Path, root: Path) -> None:
    be_exchanged(root)
    others = root / ".videomind" / "staging" / "7-1"
    others.mkdir(parents=True)
    Job.objects.create(pk=7, job_type="noop", lane="noop", status="completed")

    assert clean_up() == []
    assert others.is_dir()

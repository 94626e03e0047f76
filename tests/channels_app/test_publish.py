"""The publishing protocol: wherever it stops, the next attempt knows what is ours."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from channels_app import place as placing
from channels_app import publish, record
from channels_app.manifest import Manifest
from channels_app.models import LibraryEvent, Track, TrackFile
from jobs import queue, runner
from jobs.models import Job
from jobs.process import ChildEnd
from jobs.work import Work

pytestmark = pytest.mark.django_db(transaction=True)

VIDEO = "dQw4w9WgXcQ"
STEM = f"library/Garden/Tomatoes [{VIDEO}]"


class Killed(BaseException):
    """The worker is gone: nothing of ours runs any more."""


class Child:
    """Stands for the child: its files are real, its video is not."""

    def __init__(self) -> None:
        self.runs = 0
        self.content = b"a film"

    def run(self, work: Work, name: str, parameters: dict[str, Any], *_: Any) -> ChildEnd:
        self.runs += 1
        files = [
            self._file(parameters, "x.mp4", "video"),
            self._file(parameters, "x.webp", "thumbnail"),
        ]
        info = {
            "id": VIDEO,
            "title": "Tomatoes",
            "channel": "Garden",
            "channel_id": "UC" + "g" * 22,
            "duration": 3,
            "availability": "public",
        }
        result = {"info": info, "files": files, "warnings": [], "ytdlp_version": "1"}
        return ChildEnd(result=result)

    def _file(self, parameters: dict[str, Any], name: str, kind: str) -> dict[str, Any]:
        content = self.content + name.encode()
        (Path(parameters["staging"]) / name).write_bytes(content)
        return {
            "name": name,
            "kind": kind,
            "language": "",
            "automatic": False,
            "bytes": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
            "container": name.partition(".")[2],
            "vcodec": "",
            "acodec": "",
            "width": None,
            "height": None,
            "duration": 3.0 if kind == "video" else None,
        }


@pytest.fixture
def child(monkeypatch: pytest.MonkeyPatch) -> Child:
    child = Child()
    monkeypatch.setattr(Work, "run_child", lambda work, *given: child.run(work, *given))
    return child


@pytest.fixture
def job() -> Job:
    return queue.submit("single_video_download", {"video_id": VIDEO}).job


def run(job: Job) -> Job:
    """The next attempt, also after one that was killed."""
    Job.objects.filter(pk=job.pk, status__in=("running", "retrying")).update(status="pending")
    assert runner.run_next()
    job.refresh_from_db()
    return job


def library() -> set[str]:
    root = Path(settings.MEDIA_ROOT)
    return {
        str(path.relative_to(root))
        for path in root.rglob("*")
        if path.is_file() and ".videomind" not in path.parts
    }


def ours(folder: str) -> list[str]:
    root = Path(settings.MEDIA_ROOT) / ".videomind" / folder
    return sorted(path.name for path in root.rglob("*") if path.is_file())


def assert_published_once() -> None:
    assert library() == {f"{STEM}.mp4", f"{STEM}.webp"}
    assert set(TrackFile.objects.values_list("relative_path", flat=True)) == library()
    assert Track.objects.get().state == "available"
    assert LibraryEvent.objects.values_list("event", flat=True).get() == "added"
    assert (ours("publish"), ours("staging")) == ([], [])


def die(*_: Any, **__: Any) -> None:
    raise Killed


def dying_second_time(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Path] = []

    def place(source: Path, target: Path, *, look: Callable[[], None]) -> None:
        calls.append(target)
        if len(calls) == 2:
            raise Killed
        placing.place(source, target, look=look)

    monkeypatch.setattr(publish, "place", place)


STEPS = [
    # where the worker dies, downloads in all, files in quarantine
    ("before the note", lambda patch: patch.setattr(Manifest, "write", die), 2, []),
    ("after the note", lambda patch: patch.setattr(publish, "put_in_place", die), 2, []),
    ("between two files", dying_second_time, 2, [f"Tomatoes [{VIDEO}].mp4"]),
    ("before the rows", lambda patch: patch.setattr(record, "record", die), 1, []),
    ("after the rows", lambda patch: patch.setattr(record, "remove_replaced", die), 1, []),
    ("before the note is gone", lambda patch: patch.setattr(Manifest, "remove", die), 1, []),
]


@pytest.mark.parametrize(
    ("kill", "downloads", "quarantine"),
    [step[1:] for step in STEPS],
    ids=[step[0] for step in STEPS],
)
def test_a_worker_may_die_at_any_step(
    kill: Callable[[pytest.MonkeyPatch], None],
    downloads: int,
    quarantine: list[str],
    child: Child,
    job: Job,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    die_at(kill, job, monkeypatch)
    assert ours("staging") or downloads == 1

    assert run(job).status == "completed"
    assert_published_once()
    assert child.runs == downloads
    assert ours("quarantine") == quarantine


def test_a_strangers_file_is_never_touched(child: Child, job: Job) -> None:
    stranger = Path(settings.MEDIA_ROOT) / f"{STEM}.webp"
    stranger.parent.mkdir(parents=True)
    stranger.write_text("not ours")

    assert (run(job).status, job.failure_code) == ("dead_letter", "name_taken")
    assert stranger.read_text() == "not ours"
    assert library() == {f"{STEM}.webp"}
    assert (ours("publish"), ours("staging")) == ([], [])


def test_a_stranger_who_comes_in_between_wins_too(
    child: Child, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    stranger = Path(settings.MEDIA_ROOT) / f"{STEM}.webp"

    def appear(work: Work) -> None:
        stranger.parent.mkdir(parents=True)
        stranger.write_text("not ours")

    monkeypatch.setattr(publish, "look_at_lease", appear)
    assert (run(job).status, job.failure_code) == ("dead_letter", "name_taken")
    assert library() == {f"{STEM}.webp"}
    assert stranger.read_text() == "not ours"
    assert ours("quarantine") == [f"Tomatoes [{VIDEO}].mp4"]
    assert not TrackFile.objects.exists()


def test_who_lost_the_lease_publishes_nothing(
    child: Child, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write_and_lose(manifest: Manifest, volume: Any) -> None:
        Job.objects.update(lease=99)

    monkeypatch.setattr(Manifest, "write", write_and_lose)
    run(job)

    assert job.status == "running"
    assert library() == set()
    assert not TrackFile.objects.exists()


def test_force_puts_the_new_files_beside_the_old_and_then_removes_these(
    child: Child, job: Job
) -> None:
    run(job)
    child.content = b"a better film"
    again = queue.submit("single_video_download", {"video_id": VIDEO, "force": True}).job

    assert run(again).status == "completed"
    assert library() == {f"{STEM} (2).mp4", f"{STEM} (2).webp"}
    assert set(TrackFile.objects.values_list("relative_path", flat=True)) == library()
    assert [event.event for event in LibraryEvent.objects.all()] == ["replaced", "added"]
    assert Track.objects.get().files.count() == 2

    third = queue.submit("single_video_download", {"video_id": VIDEO, "force": True}).job
    run(third)
    assert library() == {f"{STEM}.mp4", f"{STEM}.webp"}


def test_a_file_that_vanished_is_fetched_again_under_its_name(child: Child, job: Job) -> None:
    run(job)
    (Path(settings.MEDIA_ROOT) / f"{STEM}.mp4").unlink()

    again = queue.submit("single_video_download", {"video_id": VIDEO}).job
    assert run(again).status == "completed"
    assert child.runs == 2
    assert f"{STEM}.mp4" in library() or f"{STEM} (2).mp4" in library()
    assert set(TrackFile.objects.values_list("relative_path", flat=True)) <= library()
    assert TrackFile.objects.media().count() == 1


def test_a_library_without_its_volume_is_not_written_to(child: Child, job: Job) -> None:
    run(job)
    (Path(settings.MEDIA_ROOT) / ".videomind" / "volume").unlink()

    again = queue.submit("single_video_download", {"video_id": VIDEO, "force": True}).job
    run(again)
    assert again.failure_code == "media_root_missing"
    assert child.runs == 1


@pytest.mark.parametrize("code", [errno.EPERM, errno.EOPNOTSUPP, errno.EXDEV])
@pytest.mark.parametrize("rename", [True, False])
def test_without_hard_links_a_name_is_still_never_taken_from_anyone(
    code: int, rename: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "link", refuse)
    if not rename:
        monkeypatch.setattr(placing, "_rename", lambda *_: False)
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_text("ours")

    target.write_text("theirs")
    with pytest.raises(FileExistsError):
        placing.place(source, target, look=lambda: None)
    assert (source.read_text(), target.read_text()) == ("ours", "theirs")

    target.unlink()
    placing.place(source, target, look=lambda: None)
    assert (source.exists(), target.read_text()) == (False, "ours")


def test_from_another_file_system_bytes_are_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise OSError(errno.EXDEV, "another file system")

    monkeypatch.setattr(os, "link", refuse)
    monkeypatch.setattr(placing, "_rename", lambda *_: False)
    monkeypatch.setattr(Path, "replace", refuse)
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(b"x" * 100_000)

    placing.place(source, target, look=lambda: None)
    assert (source.exists(), target.stat().st_size) == (False, 100_000)


def test_an_empty_reservation_of_a_killed_worker_is_taken_away(
    child: Child, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    def reserve(source: Path, target: Path, *, look: Callable[[], None]) -> None:
        target.open("xb").close()
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(publish, "place", reserve)
        with pytest.raises(Killed):
            run(job)
    assert run(job).status == "completed"
    assert_published_once()


def die_at(
    kill: Callable[[pytest.MonkeyPatch], None], job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        kill(patch)
        # A killed worker tidies nothing up.
        patch.setattr(shutil, "rmtree", lambda *_, **__: None)
        with pytest.raises(Killed):
            run(job)


KILL = {step[0]: step[1] for step in STEPS}


def vanish() -> None:
    for name in library():
        (Path(settings.MEDIA_ROOT) / name).unlink()


@pytest.mark.parametrize("content", [b"another film", b"a film"], ids=["other", "same"])
def test_the_row_of_a_vanished_file_does_not_pass_for_that_of_its_successor(
    content: bytes, child: Child, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(job)
    vanish()
    child.content = content
    again = queue.submit("single_video_download", {"video_id": VIDEO}).job
    die_at(KILL["after the note"], again, monkeypatch)

    assert run(again).status == "completed"
    assert child.runs == 3
    assert library() == {f"{STEM}.mp4", f"{STEM}.webp"}
    film = TrackFile.objects.media().get()
    assert (Path(settings.MEDIA_ROOT) / film.relative_path).read_bytes() == content + b"x.mp4"
    assert film.sha256 == hashlib.sha256(content + b"x.mp4").hexdigest()
    assert (ours("publish"), ours("staging")) == ([], [])


def test_a_half_published_file_is_put_aside_although_its_predecessor_has_a_row(
    child: Child, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(job)
    vanish()
    child.content = b"another film"
    again = queue.submit("single_video_download", {"video_id": VIDEO}).job
    die_at(KILL["between two files"], again, monkeypatch)

    assert run(again).status == "completed"
    assert ours("quarantine") == [f"Tomatoes [{VIDEO}].mp4"]
    assert library() == {f"{STEM}.mp4", f"{STEM}.webp"}
    assert set(TrackFile.objects.values_list("relative_path", flat=True)) == library()


def test_a_missing_track_is_available_once_the_same_files_are_published_again(
    child: Child, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(job)
    vanish()
    Track.objects.update(state="missing")
    again = queue.submit("single_video_download", {"video_id": VIDEO}).job
    die_at(KILL["before the rows"], again, monkeypatch)

    assert run(again).status == "completed"
    assert child.runs == 2
    assert Track.objects.get().state == "available"


def cancel(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(status="cancelled")


def remove(job: Job) -> None:
    Job.objects.filter(pk=job.pk).delete()


@pytest.mark.parametrize("end", [cancel, remove])
@pytest.mark.parametrize(
    ("step", "downloads"), [("between two files", 2), ("before the rows", 1), ("after the rows", 1)]
)
def test_what_an_ended_job_left_is_settled_by_the_next_job_for_the_video(
    step: str,
    downloads: int,
    end: Callable[[Job], None],
    child: Child,
    job: Job,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    die_at(KILL[step], job, monkeypatch)
    end(job)

    again = queue.submit("single_video_download", {"video_id": VIDEO}).job
    assert (run(again).status, again.failure_code) == ("completed", "")
    assert child.runs == downloads
    assert library() == {f"{STEM}.mp4", f"{STEM}.webp"}
    assert set(TrackFile.objects.values_list("relative_path", flat=True)) == library()
    assert Track.objects.get().state == "available"
    assert ours("publish") == []


def test_the_staging_of_an_ended_job_for_the_video_is_taken_away(
    child: Child, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Path(settings.MEDIA_ROOT) / ".videomind" / "staging" / f"{job.pk + 1000}-1"
    die_at(KILL["after the note"], job, monkeypatch)
    other.mkdir()
    cancel(job)
    assert ours("staging")

    run(queue.submit("single_video_download", {"video_id": VIDEO}).job)
    assert list(other.parent.iterdir()) == [other]


def test_another_jobs_leftovers_are_not_what_this_job_was_asked_for(
    child: Child, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    die_at(KILL["before the rows"], job, monkeypatch)
    cancel(job)
    child.content = b"a better film"

    again = queue.submit("single_video_download", {"video_id": VIDEO, "force": True}).job
    assert run(again).status == "completed"
    assert child.runs == 2
    assert library() == {f"{STEM} (2).mp4", f"{STEM} (2).webp"}


def test_the_note_of_a_job_that_still_runs_is_left_alone(
    child: Child, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    die_at(KILL["before the rows"], job, monkeypatch)
    before = library(), ours("publish")
    Job.objects.filter(pk=job.pk).update(unique_key="")

    rival = queue.submit("single_video_download", {"video_id": VIDEO}).job
    assert runner.run_next()
    rival.refresh_from_db()
    assert rival.failure_code == "name_taken"
    assert (library(), ours("publish")) == before
    assert not TrackFile.objects.exists()


@pytest.mark.parametrize("text", ["{", "{}", "[]"])
def test_a_damaged_note_costs_no_other_video(text: str, child: Child, job: Job) -> None:
    notes = Path(settings.MEDIA_ROOT) / ".videomind" / "publish"
    notes.mkdir(parents=True)
    (notes / "999-1.json").write_text(text)

    assert run(job).status == "completed"
    assert ours("publish") == ["999-1.json"]

"""The publishing protocol: wherever it stops, the next attempt knows what is ours."""

from __future__ import annotations

import errno
import hashlib
import json
import os
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from channels_app import workers
from channels_app.models import ChannelGroup, LibraryEvent, Track, TrackFile
from channels_app.publishing import publish
from channels_app.publishing.manifest import Manifest
from channels_app.storage import atomic_move as placing
from jobs import queue
from jobs.execution import claim
from jobs.execution.attempt import Work
from jobs.models import Job
from jobs.results import Completed
from tests.channels_app import stock
from tests.channels_app.attempts import (
    KILL,
    STEM,
    STEPS,
    VIDEO,
    Child,
    Killed,
    cancel,
    die_at,
    library,
    ours,
    remove,
    run,
    submit,
    vanish,
)
from tests.working import run_next

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]


def assert_published_once() -> None:
    assert library() == {f"{STEM}.mp4", f"{STEM}.webp"}
    assert set(TrackFile.objects.values_list("relative_path", flat=True)) == library()
    assert Track.objects.get().state == "available"
    assert LibraryEvent.objects.values_list("event", flat=True).get() == "added"
    assert (ours("publish"), ours("staging")) == ([], [])


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
        monkeypatch.setattr(placing, "rename_to", lambda *_: False)
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_text("ours")

    target.write_text("theirs")
    with pytest.raises(FileExistsError):
        placing.place(source, target, look=lambda: None)
    assert (source.read_text(), target.read_text()) == ("ours", "theirs")

    target.unlink()
    placing.place(source, target, look=lambda: None)
    assert (source.exists(), target.read_text()) == (False, "ours")


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
    assert run_next()
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


def test_a_deleted_group_does_not_spoil_its_video(
    child: Child, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = submit(target_group="Concerts")
    Track.objects.create(youtube_id=VIDEO, channel=stock.channel())
    die_at(KILL["before the rows"], job, monkeypatch)
    ChannelGroup.objects.get(name="Concerts").delete()

    assert (run(job).status, child.runs) == ("completed", 1)
    assert Track.objects.get().state == "available"


@pytest.mark.parametrize(
    ("edited", "downloads"),
    [({}, 1), ({"extract_audio": True}, 2), ({"force": True}, 2)],
    ids=["as it was", "sound instead", "by force"],
)
def test_what_was_published_before_a_person_edited_the_job_is_not_what_it_asks_for(
    edited: dict[str, Any], downloads: int, child: Child, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    die_at(KILL["before the rows"], job, monkeypatch)
    cancel(job)
    job.refresh_from_db()
    queue.retry(job, parameters={"video_id": VIDEO, **edited})

    assert run(job).status == "completed"
    assert child.runs == downloads
    kinds = set(TrackFile.objects.media().values_list("kind", flat=True))
    assert kinds == ({"audio", "video"} if "extract_audio" in edited else {"video"})


def test_what_is_here_already_says_nothing_about_youtube(
    child: Child, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(of: Job) -> Any:
        Job.objects.filter(pk=of.pk).update(status="pending")
        claimed = claim.claim()
        assert claimed is not None
        with closing(Work.of(claimed).log) as log:
            return workers.download_video(Work(claimed, log))

    die_at(KILL["before the rows"], job, monkeypatch)
    by_an_earlier_attempt = answer(job)
    assert (type(by_an_earlier_attempt), by_an_earlier_attempt.asked) == (Completed, False)
    cancel(job)
    already_here = answer(submit())
    assert (already_here.message, already_here.asked) == ("Already here.", False)
    cancel(Job.objects.get(status="running"))
    assert answer(submit(force=True)).asked is True


def test_a_note_from_before_sizes_and_wishes_were_noted_is_settled(
    child: Child, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    die_at(KILL["before the rows"], job, monkeypatch)
    [note] = (Path(settings.MEDIA_ROOT) / ".videomind" / "publish").iterdir()
    told = json.loads(note.read_text())
    del told["asked"]
    told["replaces"] = list(told["replaces"])
    for each in told["placements"]:
        del each["mtime_ns"]
    note.write_text(json.dumps(told))

    assert (run(job).status, child.runs) == ("completed", 1)
    assert_published_once()

"""The round that takes away what killed attempts left, and nothing that anybody still needs."""

from __future__ import annotations

import errno
import json
import logging
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction

from channels_app.maintenance import cleanup as tidying
from channels_app.maintenance.cleanup import clean_up
from channels_app.models import Track, TrackFile
from channels_app.publishing import recovery
from channels_app.publishing.manifest import Manifest, every
from channels_app.publishing.recovery import settle_ended
from channels_app.publishing.registration import hold_track
from channels_app.storage import atomic_move as placing
from channels_app.storage import volume
from channels_app.storage.volume import Volume, media_volume
from jobs import queue
from jobs.models import Job
from jobs.recovery import sweep
from tests.channels_app import attempts
from tests.channels_app.attempts import (
    KILL,
    STEM,
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
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]

FILM = f"Tomatoes [{VIDEO}].mp4"
PICTURE = f"Tomatoes [{VIDEO}].webp"


def corner(name: str) -> Path:
    return Path(settings.MEDIA_ROOT) / ".videomind" / name


def a_volume() -> Volume:
    return media_volume()


def cancel_retrying(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(status="retrying")
    queue.cancel(Job.objects.get(pk=job.pk))


def cancel_zombie(job: Job) -> None:
    """Its host is gone: the sweep of another ends it."""
    Job.objects.filter(pk=job.pk).update(status="zombie", host="elsewhere")
    queue.cancel(Job.objects.get(pk=job.pk))
    assert sweep.reset(Job.objects.get(pk=job.pk))


@pytest.mark.parametrize("end", [cancel_retrying, cancel_zombie, remove])
@pytest.mark.parametrize(
    ("step", "aside"),
    [("after the note", []), ("between two files", [FILM]), ("before the rows", [FILM, PICTURE])],
)
def test_a_job_that_was_cancelled_after_its_worker_was_killed_leaves_no_partial_file(
    step: str,
    aside: list[str],
    end: Callable[[Job], None],
    child: Child,
    job: Job,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    die_at(KILL[step], job, monkeypatch)
    end(job)
    assert not Job.objects.active().exists()
    age(corner("staging"))

    said = clean_up()
    assert (library(), ours("publish"), folders()) == (set(), [], [])
    assert ours("quarantine") == aside
    assert len(said) == 1 + len(aside)
    assert clean_up() == []


def age(folder: Path, *, seconds: float = 2 * 24 * 3600) -> None:
    then = time.time() - seconds
    for path in folder.iterdir():
        os.utime(path, (then, then))


def folders() -> list[str]:
    staging = corner("staging")
    return sorted(path.name for path in staging.iterdir()) if staging.exists() else []


def test_the_folder_of_an_attempt_under_way_is_left_alone_and_those_of_others_go(job: Job) -> None:
    a_volume()
    attempts_of = {
        "running": ("running", 3),
        "zombie": ("zombie", 3),
        "retrying": ("retrying", 3),
        "completed": ("completed", 3),
    }
    jobs = {
        name: Job.objects.create(job_type=job.job_type, lane="download", status=status, lease=lease)
        for name, (status, lease) in attempts_of.items()
    }
    for each in jobs.values():
        for lease in (2, 3):
            (corner("staging") / f"{each.pk}-{lease}" / "files").mkdir(parents=True)
    for stranger in ("lost+found", "1-2-3", "9" * 30 + "-1"):
        (corner("staging") / stranger).mkdir()

    assert len(clean_up()) == 6
    at_work = [f"{jobs[name].pk}-3" for name in ("running", "zombie")]
    assert folders() == sorted([*at_work, "lost+found", "1-2-3", "9" * 30 + "-1"])


def test_the_folder_of_an_unknown_job_is_left_for_a_day() -> None:
    a_volume()
    (corner("staging") / "77-1" / "files").mkdir(parents=True)
    assert clean_up() == []
    age(corner("staging"))
    assert len(clean_up()) == 1
    assert folders() == []


def test_half_written_notes_go_with_their_attempts(job: Job) -> None:
    a_volume()
    corner("publish").mkdir()
    Job.objects.filter(pk=job.pk).update(status="running", lease=2)
    for name in (f"{job.pk}-1.json.ab12.new", f"{job.pk}-2.json.ab12.new", "of a person.new"):
        (corner("publish") / name).touch()

    assert len(clean_up()) == 1
    assert ours("publish") == [f"{job.pk}-2.json.ab12.new", "of a person.new"]


@pytest.mark.parametrize("status", ["running", "zombie", "retrying", "pending", "waiting"])
def test_the_note_of_an_active_job_is_left_alone(
    status: str, child: Child, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    die_at(KILL["between two files"], job, monkeypatch)
    Job.objects.filter(pk=job.pk).update(status=status)
    clean_up()
    assert library() == {f"{STEM}.mp4"}
    assert len(ours("publish")) == 1


def test_leftovers_of_a_video_that_another_job_works_on_are_left_to_that_job(
    child: Child, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    die_at(KILL["before the rows"], job, monkeypatch)
    cancel(job)
    again = submit()
    clean_up()
    assert library() == {f"{STEM}.mp4", f"{STEM}.webp"}
    assert (run(again).status, child.runs) == ("completed", 1)


@pytest.mark.parametrize("step", ["after the rows", "before the note is gone"])
def test_what_has_its_rows_stays_and_what_it_replaced_goes(
    step: str, child: Child, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(job)
    forced = submit(force=True)
    die_at(KILL[step], forced, monkeypatch)
    cancel(forced)

    clean_up()
    assert library() == {f"{STEM} (2).mp4", f"{STEM} (2).webp"}
    assert set(TrackFile.objects.values_list("relative_path", flat=True)) == library()
    assert (ours("publish"), ours("quarantine"), folders()) == ([], [], [])


def test_no_second_link_to_a_published_file_is_kept(
    child: Child, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    def linked_and_killed(source: Path, target: Path) -> bool:
        os.link(source, target)
        raise Killed

    die_at(lambda patch: patch.setattr(placing, "link_to", linked_and_killed), job, monkeypatch)
    assert (Path(settings.MEDIA_ROOT) / f"{STEM}.mp4").stat().st_nlink == 2
    cancel(job)
    clean_up()
    [aside] = corner("quarantine").rglob("*.mp4")
    assert aside.stat().st_nlink == 1


def test_a_file_of_the_same_name_and_size_that_is_not_ours_is_never_touched(
    child: Child, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    die_at(KILL["between two files"], job, monkeypatch)
    cancel(job)
    film = Path(settings.MEDIA_ROOT) / f"{STEM}.mp4"
    film.write_bytes(b"#" * film.stat().st_size)
    clean_up()
    assert library() == {f"{STEM}.mp4"}
    assert set(film.read_bytes()) == {ord("#")}
    assert (ours("publish"), ours("quarantine")) == ([], [])


def test_a_file_whose_time_was_lost_is_known_by_its_sum(
    child: Child, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    die_at(KILL["between two files"], job, monkeypatch)
    cancel(job)
    os.utime(Path(settings.MEDIA_ROOT) / f"{STEM}.mp4", (1, 1))
    clean_up()
    assert (library(), ours("quarantine")) == (set(), [FILM])


def test_a_file_that_takes_too_long_to_read_is_left_and_the_rest_goes_on_later(
    child: Child, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    die_at(KILL["between two files"], job, monkeypatch)
    cancel(job)
    assert clean_up(patience_s=-1) == []
    assert (library(), len(ours("publish"))) == ({f"{STEM}.mp4"}, 1)
    assert len(clean_up()) == 2


def in_between(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Something happens after the files were looked at, and before they are moved."""
    look_at = recovery._half_published

    def looked_and_waited(*given: Any) -> Any:
        found = look_at(*given)
        monkeypatch.setattr(recovery, "_half_published", look_at)
        act()
        return found

    monkeypatch.setattr(recovery, "_half_published", looked_and_waited)


def test_two_hosts_tidy_up_at_once(
    child: Child, job: Job, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    die_at(KILL["between two files"], job, monkeypatch)
    cancel(job)
    others: list[str] = []
    in_between(monkeypatch, lambda: others.extend(clean_up()))
    mine = clean_up()
    assert [len([each for each in said if FILM in each]) for said in (mine, others)] == [0, 1]
    assert (library(), ours("publish"), ours("quarantine")) == (set(), [], [FILM])
    assert caplog.record_tuples == []


def test_a_job_that_begins_meanwhile_keeps_what_it_finds(
    child: Child, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    die_at(KILL["before the rows"], job, monkeypatch)
    cancel(job)
    again: list[Job] = []
    in_between(monkeypatch, lambda: again.append(submit()))
    clean_up()
    assert library() == {f"{STEM}.mp4", f"{STEM}.webp"}
    assert (run(again[0]).status, child.runs) == ("completed", 1)


def test_a_job_that_was_done_meanwhile_keeps_its_files(
    child: Child, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    die_at(KILL["before the rows"], job, monkeypatch)
    cancel(job)
    in_between(monkeypatch, lambda: run(submit()))
    clean_up()
    assert library() == {f"{STEM}.mp4", f"{STEM}.webp"}
    assert Track.objects.get().state == "available"
    assert ours("quarantine") == []


def test_a_worker_waits_for_who_puts_its_videos_leftovers_aside(
    child: Child, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    die_at(KILL["before the rows"], job, monkeypatch)
    cancel(job)
    again = submit()
    order: list[str] = []
    locked, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            hold_track(VIDEO)
            locked.set()
            go_on.wait(20)
            order.append("let go")
        connection.close()

    wait = recovery._wait_for_settle_ended
    thread = threading.Thread(target=hold)

    def wait_while_held(*given: Any) -> None:
        thread.start()
        assert locked.wait(20)
        go_on.set()
        wait(*given)
        order.append("settle")

    monkeypatch.setattr(recovery, "_wait_for_settle_ended", wait_while_held)
    run(again)
    thread.join()
    assert order == ["let go", "settle"]


def test_without_its_marker_the_media_root_is_not_touched(
    child: Child, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    die_at(KILL["between two files"], job, monkeypatch)
    cancel(job)
    before = library(), ours("publish"), folders()
    corner("volume").unlink()
    assert clean_up() == []
    assert (library(), ours("publish"), folders()) == before


def test_a_media_root_that_cannot_be_looked_at_is_a_warning(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(path: Path) -> bool:
        raise OSError(errno.ESTALE, "Stale file handle", str(path))

    monkeypatch.setattr(volume, "_is_there", refuse)
    assert clean_up() == []
    assert [record.levelno for record in caplog.records] == [logging.WARNING]


def test_one_note_that_cannot_be_settled_does_not_bar_the_others(
    child: Child, job: Job, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    die_at(KILL["between two files"], job, monkeypatch)
    cancel(job)
    [note] = corner("publish").iterdir()
    another = json.loads(note.read_text()) | {"job_id": 999, "video_id": "aaaaaaaaaaa"}
    (note.parent / "999-1.json").write_text(json.dumps(another))

    def refuse_one(volume: Volume, left: Manifest, **more: Any) -> None:
        if left.video_id == VIDEO:
            raise PermissionError(errno.EACCES, "Permission denied")
        settle_ended(volume, left, **more)

    monkeypatch.setattr(tidying, "settle_ended", refuse_one)
    clean_up()
    assert [each.video_id for each in every(a_volume())] == [VIDEO]
    assert "Permission denied" in caplog.text


def test_there_is_nothing_to_tidy_up_after_a_download(child: Child, job: Job) -> None:
    run(job)
    assert clean_up() == []
    assert len(library()) == 2
    assert attempts.ours("quarantine") == []

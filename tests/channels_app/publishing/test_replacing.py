"""What a new download takes the place of: the files it has a successor for, and no other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from channels_app.models import LibraryEvent, Track, TrackFile
from jobs import queue
from jobs.models import Job
from tests.channels_app.attempts import STEM, VIDEO, Child, library, ours, run, submit

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]


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


def test_what_was_not_fetched_takes_no_older_file_away(child: Child, job: Job) -> None:
    child.captions = ["de", "en"]
    run(job)
    child.captions, child.picture, child.content = ["en"], False, b"a better film"

    assert run(submit(force=True)).status == "completed"
    kept = {f"{STEM}.webp", f"{STEM}.de.vtt"}
    assert library() == {f"{STEM} (2).mp4", f"{STEM} (2).en.vtt"} | kept
    assert set(TrackFile.objects.values_list("relative_path", flat=True)) == library()


def test_sound_fetched_with_force_leaves_the_picture(child: Child, job: Job) -> None:
    run(job)

    assert run(submit(force=True, extract_audio=True)).status == "completed"
    assert {f"{STEM}.mp4", f"{STEM} (2).m4a"} <= library()
    assert TrackFile.objects.media().count() == 2
    assert set(TrackFile.objects.values_list("relative_path", flat=True)) == library()


@pytest.mark.parametrize("asked", [{}, {"force": True}], ids=["gone by its row", "forced"])
def test_a_file_that_a_person_changed_is_put_aside_and_not_deleted(
    asked: dict[str, Any], child: Child, job: Job
) -> None:
    run(job)
    edited = Path(settings.MEDIA_ROOT) / f"{STEM}.mp4"
    edited.write_bytes(b"a film, with tags of my own")

    assert run(submit(**asked)).status == "completed"
    assert ours("quarantine") == [edited.name]
    [aside] = (Path(settings.MEDIA_ROOT) / ".videomind" / "quarantine").rglob("*.mp4")
    assert aside.read_bytes() == b"a film, with tags of my own"
    assert f"{STEM}.mp4" not in library()
    assert set(TrackFile.objects.values_list("relative_path", flat=True)) <= library()

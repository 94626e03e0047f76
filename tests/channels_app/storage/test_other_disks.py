"""A folder of the library that is a disk of its own: there, too, a file is whole or not at all."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from channels_app.maintenance.cleanup import clean_up
from channels_app.storage import atomic_move as placing
from jobs.execution.attempt import Work
from jobs.models import Job
from jobs.results import Cancelled, Interrupted
from tests.channels_app.attempts import (
    KILL,
    STEM,
    Child,
    Killed,
    cancel,
    die_at,
    library,
    ours,
    run,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]


def refuse() -> None:
    raise OSError(errno.EXDEV, "another file system")


@pytest.fixture(params=["links", "renames", "neither"])
def own_disk(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The group's folder, mounted; and what its file system can do."""
    link, rename, replace = os.link, placing.rename_to, Path.replace

    def crosses(source: Path, target: Path) -> bool:
        group = Path(settings.MEDIA_ROOT) / "library"
        return (group in source.parents) != (group in target.parents)

    def linked(source: Path, target: Path, **more: Any) -> None:
        if crosses(source, target):
            refuse()
        if request.param != "links":
            raise OSError(errno.EPERM, "no hard links")
        link(source, target, **more)

    def renamed(source: Path, target: Path) -> bool:
        return request.param != "neither" and not crosses(source, target) and rename(source, target)

    def replaced(source: Path, target: Path) -> Path:
        if crosses(source, target):
            refuse()
        return replace(source, target)

    monkeypatch.setattr(os, "link", linked)
    monkeypatch.setattr(placing, "rename_to", renamed)
    monkeypatch.setattr(Path, "replace", replaced)
    return str(request.param)


def half_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    """SIGKILL in the middle of the film: no handler runs."""

    def copy(source: Path, target: Path, look: Callable[[], None]) -> None:
        target.write_bytes(source.read_bytes()[:4])
        monkeypatch.setattr(Path, "unlink", lambda *_, **__: None)
        raise Killed

    monkeypatch.setattr(placing, "copy_to", copy)


def no_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placing, "copy_to", lambda *_: refuse())


def test_a_video_arrives_on_a_disk_of_its_own(own_disk: str, child: Child, job: Job) -> None:
    assert run(job).status == "completed"
    assert library() == {f"{STEM}.mp4", f"{STEM}.webp"}
    assert (ours("publish"), ours("staging")) == ([], [])


def test_no_name_is_taken_from_anyone(own_disk: str, child: Child, tmp_path: Path) -> None:
    source = tmp_path / "source"
    target = Path(settings.MEDIA_ROOT) / "library" / "target"
    target.parent.mkdir(parents=True)
    source.write_text("ours")
    target.write_text("theirs")
    with pytest.raises(FileExistsError):
        placing.place(source, target, look=lambda: None)
    assert (source.read_text(), target.read_text()) == ("ours", "theirs")
    assert list(target.parent.iterdir()) == [target]


def test_a_copy_keeps_the_time_of_the_last_change(own_disk: str, tmp_path: Path) -> None:
    source = tmp_path / "source"
    target = Path(settings.MEDIA_ROOT) / "library" / "target"
    target.parent.mkdir(parents=True)
    source.write_bytes(b"x" * 100_000)
    changed_at = 1_234_567_890_123_456_789
    os.utime(source, ns=(1, changed_at))
    placing.place(source, target, look=lambda: None)
    assert not source.exists()
    assert (target.stat().st_size, target.stat().st_mtime_ns) == (100_000, changed_at)


def test_a_killed_copy_is_no_film_under_its_name(
    own_disk: str, child: Child, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    die_at(half_copied, job, monkeypatch)
    assert [Path(name).name.startswith(".videomind-") for name in library()] == [True]

    assert (run(job).status, job.failure_code) == ("completed", "")
    assert library() == {f"{STEM}.mp4", f"{STEM}.webp"}


def test_a_killed_copy_of_a_cancelled_job_is_tidied_up(
    own_disk: str, child: Child, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    die_at(half_copied, job, monkeypatch)
    cancel(job)
    clean_up()
    assert (library(), ours("publish"), ours("staging")) == (set(), [], [])


def test_what_is_put_aside_stays_on_its_disk(
    own_disk: str, child: Child, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    die_at(KILL["between two files"], job, monkeypatch)
    cancel(job)
    with monkeypatch.context() as patch:
        no_copy(patch)
        [said] = [each for each in clean_up() if "quarantine" in each]
    [aside] = (Path(settings.MEDIA_ROOT) / "library").rglob("*.mp4")
    assert said.endswith(str(aside))
    assert aside.parent.parent == aside.parents[3] / ".videomind" / "quarantine"
    assert library() == set()


def test_a_half_published_video_is_settled_by_the_next_attempt(
    own_disk: str, child: Child, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    die_at(KILL["between two files"], job, monkeypatch)
    assert (run(job).status, job.failure_code) == ("completed", "")
    assert library() == {f"{STEM}.mp4", f"{STEM}.webp"}


def test_a_cancel_while_bytes_are_copied_leaves_nothing_in_the_library(
    own_disk: str, child: Child, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied: list[Path] = []
    copy = placing.copy_to

    def second_time_cancelled(source: Path, target: Path, look: Callable[[], None]) -> None:
        copied.append(source)
        copy(source, target, interrupt if len(copied) == 2 else look)

    monkeypatch.setattr(placing, "copy_to", second_time_cancelled)
    # From now on whoever looks is told to end.
    monkeypatch.setattr(Work, "check", lambda work: interrupt() if len(copied) == 2 else None)

    assert run(job).status == "cancelled"
    assert len(copied) == 2
    assert (library(), ours("publish"), ours("staging")) == (set(), [], [])


def interrupt() -> None:
    raise Interrupted(Cancelled("Cancelled while it ran."))


def test_who_lost_the_lease_while_bytes_were_copied_leaves_the_rest_to_its_rival(
    own_disk: str, child: Child, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = placing.copy_to

    def lose(source: Path, target: Path, look: Callable[[], None]) -> None:
        copy(source, target, look)
        if source.suffix == ".webp":
            Job.objects.update(lease=99)
            interrupt()

    with monkeypatch.context() as patch:
        patch.setattr(placing, "copy_to", lose)
        patch.setattr(shutil, "rmtree", lambda *_, **__: None)
        run(job)
    assert job.status == "running"
    assert library() == {f"{STEM}.mp4"}
    assert len(ours("publish")) == 1

"""One video's attempts without YouTube: a child whose files are real, and workers that die."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from channels_app.publishing import publish, registration
from channels_app.publishing.manifest import Manifest
from channels_app.storage import atomic_move as placing
from jobs import queue
from jobs.execution.attempt import Work
from jobs.models import Job
from jobs.processes.child_process import ChildEnd
from tests.working import run_next

VIDEO = "dQw4w9WgXcQ"
STEM = f"library/Garden/Tomatoes [{VIDEO}]"


class Killed(BaseException):
    """The worker is gone: nothing of ours runs any more."""


class Child:
    """Stands for the child: its files are real, its video is not."""

    def __init__(self) -> None:
        self.runs = 0
        self.content = b"a film"
        self.picture = True
        self.captions: list[str] = []

    def run(self, work: Work, name: str, parameters: dict[str, Any], *_: Any) -> ChildEnd:
        self.runs += 1
        made = [("x.m4a", "audio") if parameters["profile"]["audio_only"] else ("x.mp4", "video")]
        made += [("x.webp", "thumbnail")] * self.picture
        files = [self._file(parameters, name, kind) for name, kind in made]
        files += [
            self._file(parameters, f"x.{language}.vtt", "subtitle") | {"language": language}
            for language in self.captions
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
            "container": name.rpartition(".")[2],
            "vcodec": "",
            "acodec": "",
            "width": None,
            "height": None,
            "duration": 3.0 if kind == "video" else None,
        }


def submit(**parameters: Any) -> Job:
    return queue.submit("single_video_download", {"video_id": VIDEO, **parameters}).job


def run(job: Job) -> Job:
    """The next attempt, also after one that was killed."""
    Job.objects.filter(pk=job.pk, status__in=("running", "retrying")).update(status="pending")
    assert run_next()
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
    ("before the rows", lambda patch: patch.setattr(registration, "register", die), 1, []),
    ("after the rows", lambda patch: patch.setattr(registration, "remove_replaced", die), 1, []),
    ("before the note is gone", lambda patch: patch.setattr(Manifest, "remove", die), 1, []),
]
KILL = {step[0]: step[1] for step in STEPS}


def die_at(
    kill: Callable[[pytest.MonkeyPatch], None], job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        kill(patch)
        # A killed worker tidies nothing up.
        patch.setattr(shutil, "rmtree", lambda *_, **__: None)
        with pytest.raises(Killed):
            run(job)


def vanish() -> None:
    for name in library():
        (Path(settings.MEDIA_ROOT) / name).unlink()


def cancel(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(status="cancelled")


def remove(job: Job) -> None:
    Job.objects.filter(pk=job.pk).delete()

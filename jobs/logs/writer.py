"""A job's log folder: five files, written as it happens, capped and redacted.

The first attempt's files stand in the folder itself, those of attempt N in `attempt_N/`. Each file
keeps its head and its tail: lines beyond half the cap go to `<file>.tail`, which drops its older
half when it is full and is joined to the head when the attempt ends.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from jobs.logs.reader import read_tail
from jobs.logs.redaction import clean
from jobs.logs.streams import Stream, attempt_folder, file_name


@dataclass
class LogFile:
    """One file with a cap on its bytes. Made at its first line."""

    path: Path
    cap: int
    written: int = 0
    left_out: int = 0
    _file: BinaryIO | None = None
    _in_tail: bool = False

    @property
    def tail_path(self) -> Path:
        return self.path.with_name(self.path.name + ".tail")

    def write(self, line: str) -> None:
        data = line.encode("utf-8", "replace") + b"\n"
        if self._file is None:
            self._open(self.path)
        if self.written + len(data) > self.cap // 2:
            self._make_room(len(data))
        assert self._file is not None  # noqa: S101
        self._file.write(data[: self.cap // 2])
        self._file.flush()
        self.written += len(data)

    def _open(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        if self._file is not None:
            self._file.close()
        self._file = path.open("ab")
        self.written = self._file.tell()

    def _make_room(self, wanted: int) -> None:
        if not self._in_tail:
            self._in_tail = True
            self._open(self.tail_path)
            if self.written + wanted <= self.cap // 2:
                return
        self._drop_older_half()

    def _drop_older_half(self) -> None:
        data = self.tail_path.read_bytes()
        kept = data[len(data) // 2 :]
        kept = kept[kept.find(b"\n") + 1 :]
        self.left_out += len(data) - len(kept)
        self.tail_path.write_bytes(kept)
        self._open(self.tail_path)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
        if self._in_tail:
            join_tail(self.path, left_out=self.left_out)
            self._in_tail = False


def join_tail(path: Path, *, left_out: int = 0) -> None:
    """Head, a line that says how much is missing, tail. Also mends what a killed worker left."""
    tail = path.with_name(path.name + ".tail")
    if not tail.is_file():
        return
    with path.open("ab") as head:
        if left_out:
            head.write(f"… {left_out} bytes left out …\n".encode())
        head.write(tail.read_bytes())
    tail.unlink()


@dataclass
class JobLog:
    """What one attempt writes. Nothing is made on disk before the first line."""

    folder: Path
    attempt: int = 1
    _files: dict[Stream, LogFile] = field(default_factory=dict)
    wrote: bool = False

    def write(self, text: str, *, stream: Stream = "job") -> None:
        for line in text.splitlines() or [""]:
            self._file(stream).write(f"{_now()} {clean(line)}")
        self.wrote = True

    def summary(self, text: str) -> None:
        """Replaces summary.txt: what a person reads first."""
        path = attempt_folder(self.folder, self.attempt) / file_name("summary")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(clean(line) for line in text.splitlines()) + "\n")

    def tail(self, *, size: int = 2000) -> str:
        """The last lines of job.log, for the attempt's row."""
        return read_tail(self.folder, self.attempt, "job", size=size) if self.wrote else ""

    def _file(self, stream: Stream) -> LogFile:
        if stream not in self._files:
            path = attempt_folder(self.folder, self.attempt) / file_name(stream)
            self._files[stream] = LogFile(path, cap=settings.JOB_LOG_BYTES)
        return self._files[stream]

    def close(self) -> None:
        for file in self._files.values():
            file.close()


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)

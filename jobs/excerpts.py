"""Pieces of a job's log for people who look on: the end at first, then what is new."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.conf import settings

from jobs import log
from jobs.models import Job

PIECE: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Excerpt:
    """`text` from byte `start`; the next piece begins at `end`, the stream is `total` long now."""

    text: str
    start: int
    end: int
    total: int
    began_anew: bool = False

    @property
    def is_all(self) -> bool:
        return self.end >= self.total


NOTHING: Final = Excerpt("", 0, 0, 0)


def end_of(job: Job, attempt: int, stream: log.Stream) -> Excerpt:
    """The last piece, from the beginning of a line."""
    folder = job.log_folder
    if not _is_its_own(folder, attempt):
        return NOTHING
    total = log.size_of(folder, attempt, stream)
    start = max(0, total - PIECE)
    found = _piece(folder, attempt, stream, start, total)
    return _from_a_line(found) if start else found


def further(job: Job, attempt: int, stream: log.Stream, start: int) -> Excerpt:
    """What follows byte `start`. A stream that became shorter dropped its middle: its end again."""
    folder = job.log_folder
    if not _is_its_own(folder, attempt):
        return NOTHING
    total = log.size_of(folder, attempt, stream)
    if start > total:
        last = end_of(job, attempt, stream)
        return Excerpt(last.text, last.start, last.end, last.total, began_anew=True)
    return _piece(folder, attempt, stream, start, total)


def _is_its_own(folder: Path, attempt: int) -> bool:
    """No link on the way leads to another job's log, or out of the logs."""
    root = Path(settings.LOG_DIR).resolve() / "jobs"
    own = log.attempt_folder(root / folder.name, attempt)
    return log.attempt_folder(folder, attempt).resolve() == own


def _piece(folder: Path, attempt: int, stream: log.Stream, start: int, total: int) -> Excerpt:
    data = log.read_range(folder, attempt, stream, start=start, size=PIECE)
    text, used = _whole_characters(data)
    return Excerpt(text, start, start + used, max(total, start + used))


def _whole_characters(data: bytes) -> tuple[str, int]:
    """A character that the end cuts is left for the next piece."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    text = decoder.decode(data)
    return text, len(data) - len(decoder.getstate()[0])


def _from_a_line(found: Excerpt) -> Excerpt:
    _, _, text = found.text.partition("\n")
    return Excerpt(text, found.start, found.end, found.total)

"""Pieces of a job's log for people who look on: the end at first, then what is new."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.conf import settings

from jobs.logs.streams import Stream, attempt_folder, file_name

PIECE: Final = 64 * 1024


def pieces(folder: Path, attempt: int, stream: Stream) -> list[Path]:
    """The files that hold a stream, in order: the head, and the tail of a running attempt."""
    path = attempt_folder(folder, attempt) / file_name(stream)
    found = (path, path.with_name(path.name + ".tail"))
    return [each for each in found if each.is_file() and not each.is_symlink()]


def size_of(folder: Path, attempt: int, stream: Stream) -> int:
    return sum(path.stat().st_size for path in pieces(folder, attempt, stream))


def read_range(folder: Path, attempt: int, stream: Stream, *, start: int, size: int) -> bytes:
    """`size` bytes from byte `start` of a stream."""
    data = bytearray()
    for path in pieces(folder, attempt, stream):
        length = path.stat().st_size
        if start < length and size > len(data):
            with path.open("rb") as file:
                file.seek(start)
                data += file.read(size - len(data))
        start = max(0, start - length)
    return bytes(data)


def read_tail(folder: Path, attempt: int, stream: Stream, *, size: int) -> str:
    total = size_of(folder, attempt, stream)
    data = read_range(folder, attempt, stream, start=max(0, total - size), size=size)
    if total > size:
        data = data[data.find(b"\n") + 1 :]
    return data.decode("utf-8", "replace")


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


def end_of(folder: Path, attempt: int, stream: Stream) -> Excerpt:
    """The last piece, from the beginning of a line."""
    if not _is_its_own(folder, attempt):
        return NOTHING
    total = size_of(folder, attempt, stream)
    start = max(0, total - PIECE)
    found = _piece(folder, attempt, stream, start, total)
    return _from_a_line(found) if start else found


def further(folder: Path, attempt: int, stream: Stream, start: int) -> Excerpt:
    """What follows byte `start`. A stream that became shorter dropped its middle: its end again."""
    if not _is_its_own(folder, attempt):
        return NOTHING
    total = size_of(folder, attempt, stream)
    if start > total:
        last = end_of(folder, attempt, stream)
        return Excerpt(last.text, last.start, last.end, last.total, began_anew=True)
    return _piece(folder, attempt, stream, start, total)


def _is_its_own(folder: Path, attempt: int) -> bool:
    """No link on the way leads to another job's log, or out of the logs."""
    root = Path(settings.LOG_DIR).resolve() / "jobs"
    own = attempt_folder(root / folder.name, attempt)
    return attempt_folder(folder, attempt).resolve() == own


def _piece(folder: Path, attempt: int, stream: Stream, start: int, total: int) -> Excerpt:
    data = read_range(folder, attempt, stream, start=start, size=PIECE)
    text, used = whole_characters(data)
    return Excerpt(text, start, start + used, max(total, start + used))


def whole_characters(data: bytes) -> tuple[str, int]:
    """Text and the bytes it took: a character that the end cuts is left for the next piece."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    text = decoder.decode(data)
    return text, len(data) - len(decoder.getstate()[0])


def _from_a_line(found: Excerpt) -> Excerpt:
    _, _, text = found.text.partition("\n")
    return Excerpt(text, found.start, found.end, found.total)

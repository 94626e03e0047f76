"""Media bytes: ranges, throttled sending, and the ways in which a download breaks."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from .channels import Video
from .clips import Clips
from .faults import Trouble
from .wire import HTML_TYPE, Answer, Ending, Request, silence, status_answer

PIECE = 256 * 1024
# A broken download never gets beyond this byte of the file, however often it resumes.
TEASER = 672
RANGE = re.compile(r"bytes=(\d*)-(\d*)")


@dataclass(frozen=True, slots=True)
class Media:
    head: bytes
    size: int
    content_type: str

    def slice(self, start: int, stop: int) -> bytes:
        known = self.head[start:stop]
        return known + bytes(stop - start - len(known))


@dataclass(slots=True)
class Pace:
    """`bytes_per_second` may change while something is being sent."""

    closing: threading.Event
    bytes_per_second: Callable[[], int | None]

    def pieces(self, media: Media, start: int, stop: int) -> Iterator[bytes]:
        began, sent = time.monotonic(), 0
        while start < stop and not self.closing.is_set():
            speed = self.bytes_per_second()
            # Ten pieces a second look like a stream to the one who measures its speed.
            step = PIECE if speed is None else max(512, speed // 10)
            piece = media.slice(start, min(stop, start + step))
            start, sent = start + len(piece), sent + len(piece)
            if speed is not None:
                self.closing.wait(max(0.0, began + sent / speed - time.monotonic()))
            yield piece


def media_of(video: Video, itag: int, clips: Clips, *, too_short: bool) -> Media | None:
    clip = clips.one(itag, video.duration)
    if clip is None:
        return None
    size = clip.size_for(video)
    if too_short and clip.height:
        clip = clips.one(itag, video.duration / 2) or clip
    return Media(clip.head_for(video, size), size, clip.mime_type.partition(";")[0])


def media_answer(request: Request, media: Media, pace: Pace, trouble: Trouble | None) -> Answer:
    if trouble and (trouble.status != 200 or trouble.body is not None):
        return _instead(trouble)
    if trouble and trouble.at_zero:
        return silence(trouble.ending)
    span = byte_range(request.headers.get("range", ""), media.size)
    if span is None:
        return Answer(416, headers=(("Content-Range", f"bytes */{media.size}"),))
    start, stop = span
    sent_until = min(stop, max(start, TEASER)) if trouble else stop
    partial = "range" in request.headers
    return Answer(
        206 if partial else 200,
        content_type=media.content_type,
        headers=(("Accept-Ranges", "bytes"), *_content_range(span, media.size, partial=partial)),
        length=stop - start,
        pieces=pace.pieces(media, start, sent_until),
        ending=trouble.ending if trouble else Ending.KEEP,
    )


def byte_range(header: str, size: int) -> tuple[int, int] | None:
    """The bytes asked for as start and stop (past the last), or None if there are none such."""
    found = RANGE.fullmatch(header)
    if not found or found.groups() == ("", ""):
        return 0, size
    first, last = found.groups()
    if not first:
        return max(0, size - int(last)), size
    start, stop = int(first), min(size, int(last or size) + 1)
    return (start, stop) if start < stop else None


def _content_range(span: tuple[int, int], size: int, *, partial: bool) -> list[tuple[str, str]]:
    start, stop = span
    return [("Content-Range", f"bytes {start}-{stop - 1}/{size}")] if partial else []


def _instead(trouble: Trouble) -> Answer:
    if trouble.status != 200:
        return status_answer(trouble.status)
    return Answer(200, trouble.body or b"", HTML_TYPE)

"""An open file as an answer: what HTTP says of it, and its bytes, sent from the descriptor."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Final

from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header, http_date

from channels_app.access import PLAIN
from channels_app.media import limiter
from channels_app.media.client_timeout import drop_when_stalled
from channels_app.media.content_types import is_shown, type_of
from channels_app.media.ranges import Slice

# A player that names no end gets this much and asks again: paused, it holds no thread.
PLAYER_PIECE: Final = 1 << 20
BUSY_S: Final = 2
CACHE: Final = "private, max-age=3600"
# Chromium's cache asks for a player's open range up to the file's end: only without the cache does
# the player get by with a piece at a time.
NO_CACHE: Final = "no-store"


@dataclass(frozen=True, slots=True)
class Opened:
    """A file that is open, and what HTTP says of it."""

    descriptor: int
    name: str
    size: int
    modified_ns: int

    @property
    def etag(self) -> str:
        return f'"{self.size:x}-{self.modified_ns:x}"'

    @property
    def is_played(self) -> bool:
        return type_of(self.name).startswith(("video/", "audio/"))

    @property
    def last_modified(self) -> str:
        return http_date(self.modified_ns // 1_000_000_000)

    def headers(self, *, download: bool) -> dict[str, str]:
        as_attachment = download or not is_shown(self.name)
        return {
            "Content-Type": type_of(self.name),
            "Content-Disposition": content_disposition_header(as_attachment, self.name) or "inline",
            "X-Content-Type-Options": "nosniff",
            "Accept-Ranges": "bytes",
            "ETag": self.etag,
            "Last-Modified": self.last_modified,
            "Cache-Control": NO_CACHE if self.is_played else CACHE,
        }


class Body:
    """A bounded part of an open file. The server sends from the descriptor where it can."""

    def __init__(self, descriptor: int, first: int, length: int) -> None:
        self._descriptor = descriptor
        self._end = first + length
        self.seek(first)

    def fileno(self) -> int:
        return self._descriptor

    def seekable(self) -> bool:
        """No: Django would measure it by reading it."""
        return False

    def seek(self, position: int) -> None:
        """For the socket, which goes back to where it was when sending fails."""
        self._at = os.lseek(self._descriptor, position, os.SEEK_SET)

    def read(self, size: int = -1) -> bytes:
        left = self._end - self._at
        data = os.read(self._descriptor, left if size < 0 else min(size, left))
        self._at += len(data)
        return data

    def close(self) -> None:
        if self._descriptor >= 0:
            descriptor, self._descriptor = self._descriptor, -1
            os.close(descriptor)


class MediaResponse(FileResponse):
    block_size = 64 << 10


def send(
    request: HttpRequest, opened: Opened, part: Slice | None, headers: dict[str, str]
) -> HttpResponseBase:
    length = part.length if part else opened.size
    admitted = limiter.admit(is_long=length > PLAYER_PIECE)
    if admitted is None:
        return unavailable("Too many files are being sent now.", retry_after_s=BUSY_S)
    try:
        drop_when_stalled(request)
        response = _response(opened, part, headers | {"Content-Length": str(length)})
    except BaseException:
        # An answer that was never made is closed by nobody.
        admitted.give_back()
        raise
    response._resource_closers.append(admitted.give_back)  # type: ignore[attr-defined]
    return response


def _response(opened: Opened, part: Slice | None, headers: dict[str, str]) -> MediaResponse:
    if part:
        headers["Content-Range"] = part.content_range(opened.size)
    body = Body(opened.descriptor, part.first if part else 0, int(headers["Content-Length"]))
    response = MediaResponse(body, status=206 if part else 200)
    for name, value in headers.items():
        response[name] = value
    return response


def unavailable(why: str, *, retry_after_s: int) -> HttpResponse:
    headers = {"Retry-After": str(retry_after_s), "Content-Type": PLAIN, "Cache-Control": NO_CACHE}
    response = HttpResponse(f"{why}\n", status=503, headers=headers)
    # Django would log it as an error; it is how it is meant to be.
    vars(response)["_has_been_logged"] = True
    return response

"""The library's files over HTTP: whole, or the one range that a player asks for."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, Final, cast

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response

from channels_app.access import PLAIN, View, library_media
from channels_app.media import webvtt
from channels_app.media.content_types import extension, type_of
from channels_app.media.files import NotServed, open_published
from channels_app.media.ranges import UNSATISFIABLE, Slice, is_fresh, requested
from channels_app.media.responses import PLAYER_PIECE, MediaResponse, Opened, send, unavailable
from channels_app.models import TrackFile
from channels_app.states import FileKind
from jobs.models import disk_hangs
from jobs.processes.node import host_name

logger = logging.getLogger("channels_app.media.views")


# About as long as a look at a disk that answers again takes to be noted.
RETRY_DISK_S: Final = 10


def _published(view: Callable[[HttpRequest, TrackFile], HttpResponseBase]) -> View:
    """With the file's row. While the disk hangs nothing is opened: that would hang a thread."""

    @library_media
    @wraps(view)
    def with_row(request: HttpRequest, file_id: int) -> HttpResponseBase:
        found = TrackFile.objects.filter(pk=file_id)
        row = found.annotate(disk_hangs=disk_hangs(host_name())).first()
        # yt-dlp's info file names this host's address: for those who run it.
        if row is None or (row.kind == FileKind.INFO and not _is_staff(request)):
            raise Http404("There is no such file.")
        if vars(row)["disk_hangs"]:
            said = "The library's disk does not answer now."
            return unavailable(said, retry_after_s=RETRY_DISK_S)
        return view(request, row)

    return with_row


@_published
def media_file(request: HttpRequest, row: TrackFile) -> HttpResponseBase:
    opened = _open(row)
    try:
        response = _answer(request, opened)
    except BaseException:
        os.close(opened.descriptor)
        raise
    if not isinstance(response, MediaResponse):
        os.close(opened.descriptor)
    return response


@_published
def subtitles(request: HttpRequest, row: TrackFile) -> HttpResponseBase:
    """Whatever the file is, as WebVTT."""
    suffix = extension(row.relative_path)
    if row.kind != FileKind.SUBTITLE or suffix not in webvtt.SHOWN:
        raise Http404("There are no such subtitles.")
    opened = _open(row)
    with os.fdopen(opened.descriptor, "rb") as file:
        text = webvtt.as_webvtt(file.read(webvtt.LARGEST), suffix)
    headers = opened.headers(download=False) | {"Content-Type": type_of(".vtt")}
    del headers["Accept-Ranges"], headers["Content-Disposition"]
    response = HttpResponse(text, headers=headers)
    return _conditional(request, opened) or response


def _is_staff(request: HttpRequest) -> bool:
    return bool(getattr(request.user, "is_staff", False))


def _open(row: TrackFile) -> Opened:
    try:
        descriptor = open_published(Path(settings.MEDIA_ROOT), row.relative_path)
    except OSError as error:
        level = logging.WARNING if isinstance(error, NotServed) else logging.INFO
        logger.log(level, "file %d cannot be sent: %s", row.pk, error)
        raise Http404("The file is not here.") from error
    status = os.fstat(descriptor)
    name = row.relative_path.rpartition("/")[2]
    return Opened(descriptor, name, status.st_size, status.st_mtime_ns)


def _answer(request: HttpRequest, opened: Opened) -> HttpResponseBase:
    if answered := _conditional(request, opened):
        return answered
    download = "download" in request.GET
    headers = opened.headers(download=download)
    if request.method == "HEAD":
        return HttpResponse(headers=headers | {"Content-Length": str(opened.size)})
    part = _part(request, opened)
    if part == UNSATISFIABLE:
        headers = {"Content-Range": f"bytes */{opened.size}", "Accept-Ranges": "bytes"}
        return HttpResponse(status=416, headers=headers | {"Content-Type": PLAIN})
    if isinstance(part, Slice) and part.open_ended and not download:
        part = part.at_most(PLAYER_PIECE)
    return send(request, opened, cast("Slice | None", part), headers)


def _conditional(request: HttpRequest, opened: Opened) -> HttpResponseBase | None:
    seconds = opened.modified_ns // 1_000_000_000
    answered = get_conditional_response(request, etag=opened.etag, last_modified=seconds)
    if answered is not None:
        answered["ETag"] = opened.etag
    return answered


def _part(request: HttpRequest, opened: Opened) -> Any:
    fresh = is_fresh(
        request.headers.get("If-Range"), etag=opened.etag, last_modified=opened.last_modified
    )
    return requested(request.headers.get("Range"), opened.size) if fresh else None

"""A look at the library's disk, in a process without a database: what it is told, what it finds."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TypedDict

from django.conf import settings

from channels_app.models import MediaVolume, TrackFile
from channels_app.storage.volume import Volume, make_root
from jobs.models import DiskLook


class Known(TypedDict):
    marker: str
    has_files: bool


def known() -> Known:
    """What the database knows: which marker is accepted, or else whether one is to be expected."""
    marker = MediaVolume.objects.values_list("marker", flat=True).first() or ""
    return {"marker": marker, "has_files": not marker and TrackFile.objects.exists()}


def look(*, marker: str, has_files: bool) -> DiskLook:
    """Whether the library's volume is there and takes files."""
    volume = Volume(Path(settings.MEDIA_ROOT), id=marker)
    try:
        said, detail = _trouble(volume, has_files=has_files)
    except OSError as error:
        said = "The media folder cannot be looked at."
        detail = f"{error.filename or volume.root} cannot be looked at: {error.strerror}."
    return DiskLook(_free(volume.root), said, detail)


def _trouble(volume: Volume, *, has_files: bool) -> tuple[str, str]:
    """What anybody may read, and what an operator does."""
    found = volume.found()
    if volume.id and found != volume.id:
        return _absent(volume, found), volume.absence()
    if not found and has_files:
        return _absent(volume, found), volume.loss()
    if not found:
        make_root(volume.root)
    if not _takes_files(volume.ours if found else volume.root):
        said = "The media folder cannot be written to."
        return said, f"{volume.root} takes no files: it is read-only."
    return "", ""


def _absent(volume: Volume, found: str) -> str:
    if found:
        return "The media folder has the marker of another library: is another disk mounted?"
    if volume.root.is_dir():
        return "The media folder has lost its marker: is its disk mounted?"
    return "The media folder is not there."


def _takes_files(folder: Path) -> bool:
    is_read_only = os.statvfs(folder).f_flag & os.ST_RDONLY
    return not is_read_only and os.access(folder, os.W_OK | os.X_OK)


def _free(root: Path) -> int | None:
    with suppress(OSError):
        disk = os.statvfs(root)
        return disk.f_bavail * disk.f_frsize
    return None

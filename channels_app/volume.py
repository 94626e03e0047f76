"""The media root: its own corner, and the marker that tells an unmounted disk from an empty one."""

from __future__ import annotations

import errno
import os
import stat
import uuid
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from django.conf import settings

from channels_app.models import TrackFile

OURS: Final = ".videomind"


class MediaRootMissing(Exception):
    """The library has files, but the marker of its volume is not there."""

    code = "media_root_missing"


@dataclass(frozen=True, slots=True)
class Volume:
    root: Path

    @property
    def ours(self) -> Path:
        return self.root / OURS

    @property
    def marker(self) -> Path:
        return self.ours / "volume"

    @property
    def staging(self) -> Path:
        return self.ours / "staging"

    @property
    def manifests(self) -> Path:
        return self.ours / "publish"

    @property
    def quarantine(self) -> Path:
        return self.ours / "quarantine"


def media_volume() -> Volume:
    """The mounted volume, marked at its first use. Raises MediaRootMissing and OSError."""
    volume = Volume(Path(settings.MEDIA_ROOT))
    if not volume.marker.is_file():
        if TrackFile.objects.exists():
            raise MediaRootMissing(
                f"{volume.marker} is not there, though the library has files: is the disk mounted?"
            )
        _mark(volume)
    return volume


def _mark(volume: Volume) -> None:
    volume.ours.mkdir(parents=True, exist_ok=True)
    write_durably(volume.marker, f"VideoMind media volume {uuid.uuid4()}\n")


def write_durably(path: Path, text: str) -> None:
    new = path.with_name(f"{path.name}.{uuid.uuid4().hex}.new")
    with new.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Makes new and vanished names in it outlive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folders(root: Path, relative: Path) -> Path:
    """`root/relative`, each new folder durable, and no link followed out of the root."""
    folder = root
    for part in relative.parts:
        folder = folder / part
        if folder.is_symlink():
            raise _not_a_folder(folder)
        if not folder.is_dir():
            folder.mkdir(exist_ok=True)
            sync_folder(folder.parent)
    return folder


def _not_a_folder(path: Path) -> OSError:
    what = "a link" if path.is_symlink() else "a file"
    said = f"{what} stands where a folder should be"
    return NotADirectoryError(errno.ENOTDIR, said, str(path))


def refuse_closed(folder: Path) -> None:
    """Raises OSError where what has this name is no folder, or one that takes no files."""
    if not os.path.lexists(folder):
        return
    if folder.is_symlink() or not folder.is_dir():
        raise _not_a_folder(folder)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(folder))


def trouble(since: datetime | None) -> str:
    """For the supervisor's look: "" when the library's volume is there and takes files.

    Raises OSError where it cannot even be looked at (no permission, a stale mount).
    """
    volume = Volume(Path(settings.MEDIA_ROOT))
    if not _is_there(volume.marker):
        return f"{volume.marker} is not there." if TrackFile.objects.exists() else ""
    if not os.access(volume.ours, os.W_OK) or os.statvfs(volume.root).f_flag & os.ST_RDONLY:
        return f"{volume.root} takes no files: it is read-only."
    return ""


def _is_there(path: Path) -> bool:
    """`is_file` says no to some errors and raises others, not the same in every Python."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False

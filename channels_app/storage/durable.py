"""Files and folders that outlive a power cut, and no link followed."""

from __future__ import annotations

import errno
import os
import uuid
from pathlib import Path


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

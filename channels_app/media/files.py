"""Opening a published file: below the media root, through real folders, never over a link."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from channels_app.storage.names import NAME_BYTES
from channels_app.storage.volume import OURS

_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# Without O_NONBLOCK a pipe under a file's name would wait for its other end.
_FILE: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class NotServed(OSError):
    """A path that no published file has, or something else than a plain file stands there."""


def open_published(root: Path, relative_path: str) -> int:
    """A descriptor of the file for reading. Raises OSError, NotServed among them."""
    *folders, name = _parts(relative_path)
    folder = _walk(root, folders)
    try:
        descriptor = os.open(name, _FILE, dir_fd=folder)
    finally:
        os.close(folder)
    return _checked(descriptor)


def _parts(relative_path: str) -> Sequence[str]:
    parts = relative_path.split("/")
    if not all(map(_is_plain, parts)) or parts[0] == OURS:
        raise NotServed(f"{relative_path[:100]!r} is not a path in the library")
    return parts


def _is_plain(name: str) -> bool:
    try:
        size = len(os.fsencode(name))
    except UnicodeEncodeError:
        return False
    return 0 < size <= NAME_BYTES and name not in {".", ".."} and "\0" not in name


def _walk(root: Path, folders: Sequence[str]) -> int:
    # The root itself may be a link: the owner has put it there.
    descriptor = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    for name in folders:
        try:
            below = os.open(name, _FOLDER, dir_fd=descriptor)
        finally:
            os.close(descriptor)
        descriptor = below
    return descriptor


def _checked(descriptor: int) -> int:
    status = os.fstat(descriptor)
    # A second name may lie anywhere: what publishing puts here has one.
    if stat.S_ISREG(status.st_mode) and status.st_nlink == 1:
        return descriptor
    os.close(descriptor)
    raise NotServed("it is no plain file, or it has another name elsewhere (a hard link)")

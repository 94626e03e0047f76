"""Where files go that nobody may lose and the library does not know."""

from __future__ import annotations

import errno
import uuid
from pathlib import Path

from channels_app.storage.atomic_move import move
from channels_app.storage.durable import sync_folder
from channels_app.storage.volume import OURS, Volume


def put_into_quarantine(volume: Volume, path: Path) -> Path:
    """Out of the library in one move, into a corner of its own; answers where it is now.

    A folder of the library may be a disk of its own. Gigabytes are not carried over to that of
    the media root, which may lack the room: such a file stays on its disk, out of sight.
    """
    try:
        return _move(path, volume.quarantine)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
    return _move(path, path.parent / OURS / "quarantine")


def _move(path: Path, quarantine: Path) -> Path:
    corner = quarantine / uuid.uuid4().hex
    corner.mkdir(parents=True)
    try:
        move(path, corner / path.name)
    except OSError:
        corner.rmdir()
        raise
    sync_folder(corner)
    sync_folder(path.parent)
    return corner / path.name

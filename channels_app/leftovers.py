"""What killed attempts left on the way into the library: brought to an end, or put aside."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Final

from channels_app import manifest as manifests
from channels_app.manifest import Manifest, Placement
from channels_app.record import finish, look_at_lease, recorded, remove_replaced
from channels_app.volume import Volume, sync_folder
from jobs.work import Work

PIECE: Final = 8 << 20


def settle_old(work: Work, volume: Volume) -> bool:
    """Brings to an end what earlier attempts of this job left; True when that was the whole job."""
    done = False
    for left in manifests.of_job(volume, work.job_id):
        done = _settle(work, volume, left) or done
    return done


def _settle(work: Work, volume: Volume, left: Manifest) -> bool:
    in_rows = len(recorded(left.targets)) == len(left.targets)
    whole = in_rows or all(_matches(volume, each, work.check) for each in left.placements)
    look_at_lease(work)
    if in_rows:
        remove_replaced(volume, left)
        left.remove(volume)
    elif whole:
        work.say(f"Attempt {left.attempt} had published all files; only their rows were missing.")
        finish(work, volume, left)
    else:
        put_aside(work, volume, left)
        left.remove(volume)
    return whole


def _matches(volume: Volume, placement: Placement, look: Callable[[], None]) -> bool:
    path = volume.root / placement.target
    if path.is_symlink() or not path.is_file():
        return False
    if path.stat().st_size != placement.file["bytes"]:
        return False
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            digest.update(piece)
            look()
    return digest.hexdigest() == placement.file["sha256"]


def put_aside(work: Work, volume: Volume, left: Manifest) -> None:
    """Files that are certainly ours and in no row go to quarantine; no other file is touched."""
    in_rows = set(recorded(left.targets))
    for each in left.placements:
        path = volume.root / each.target
        if each.target in in_rows:
            continue
        if _is_reservation(path):
            path.unlink()
        elif _matches(volume, each, work.check):
            _quarantine(volume, path)
            work.say(f"Put into quarantine, half published by attempt {left.attempt}: {path.name}")


def _is_reservation(path: Path) -> bool:
    """An empty file under a name of ours: what `place` leaves when killed in its last step."""
    return not path.is_symlink() and path.is_file() and path.stat().st_size == 0


def _quarantine(volume: Volume, path: Path) -> None:
    corner = volume.quarantine / uuid.uuid4().hex
    corner.mkdir(parents=True)
    path.rename(corner / path.name)
    sync_folder(corner)
    sync_folder(path.parent)

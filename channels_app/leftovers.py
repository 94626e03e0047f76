"""What killed attempts left on the way into the library: brought to an end, or put aside."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from channels_app import manifest as manifests
from channels_app.manifest import Manifest, Placement
from channels_app.record import finish, is_recorded, look_at_lease, recorded, remove_replaced
from channels_app.volume import Volume, sync_folder
from jobs.models import Job
from jobs.work import Work

PIECE: Final = 8 << 20


def settle_old(work: Work, volume: Volume, *, video_id: str) -> bool:
    """Brings to an end what earlier attempts at the video left; True when that was the whole job.

    One active job at a time works on a video, so what ended jobs left is ours as well.
    """
    done = False
    for left in _abandoned(work, manifests.of_video(volume, video_id)):
        whole = _settle(work, volume, left)
        # Another job may have been asked for another kind of file.
        done = done or (whole and left.job_id == work.job_id)
    return done


def _abandoned(work: Work, notes: Iterable[Manifest]) -> list[Manifest]:
    notes = list(notes)
    others = {note.job_id for note in notes} - {work.job_id}
    active = set(Job.objects.active().filter(pk__in=others).values_list("pk", flat=True))
    return [note for note in notes if note.job_id not in active]


def _settle(work: Work, volume: Volume, left: Manifest) -> bool:
    in_rows = is_recorded(left)
    # Rows alone prove nothing: those of a vanished file fit its second download, byte for byte.
    stands = _stands if in_rows else _matches
    whole = all(stands(volume, each, work.check) for each in left.placements)
    look_at_lease(work)
    if in_rows:
        remove_replaced(volume, left)
        left.remove(volume)
    elif whole:
        work.say(
            f"Attempt {left.attempt} of job {left.job_id} had published all files;"
            " only their rows were missing."
        )
        finish(work, volume, left)
    else:
        put_aside(work, volume, left)
        left.remove(volume)
    return whole


def _stands(volume: Volume, placement: Placement, look: Callable[[], None]) -> bool:
    look()
    path = volume.root / placement.target
    if path.is_symlink() or not path.is_file():
        return False
    return path.stat().st_size == placement.file["bytes"]


def _matches(volume: Volume, placement: Placement, look: Callable[[], None]) -> bool:
    if not _stands(volume, placement, look):
        return False
    digest = hashlib.sha256()
    with (volume.root / placement.target).open("rb") as file:
        while piece := file.read(PIECE):
            digest.update(piece)
            look()
    return digest.hexdigest() == placement.file["sha256"]


def put_aside(work: Work, volume: Volume, left: Manifest) -> None:
    """Files that are certainly ours and in no row go to quarantine; no other file is touched."""
    in_rows = recorded(left)
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

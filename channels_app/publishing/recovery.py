"""What killed attempts left on the way into the library: brought to an end, or put aside."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from django.db import transaction

from channels_app.models.tracks import download_jobs
from channels_app.publishing import manifest as manifests
from channels_app.publishing.manifest import Manifest, Placement
from channels_app.publishing.registration import (
    finish,
    hold_track,
    is_recorded,
    look_at_lease,
    recorded,
    remove_replaced,
)
from channels_app.storage.durable import sync_folder
from channels_app.storage.quarantine import put_into_quarantine
from channels_app.storage.volume import Volume
from jobs.execution.attempt import Work
from jobs.models import Job
from jobs.results import Interrupted

PIECE: Final = 8 << 20

Look = Callable[[], None]
Say = Callable[[str], None]


def settle_old(work: Work, volume: Volume, *, video_id: str) -> bool:
    """Brings to an end what earlier attempts at the video left; True when that was the whole job.

    One active job at a time works on a video, so what ended jobs left is ours as well.
    """
    if not manifests.of_video(volume, video_id):
        return False
    _wait_for_settle_ended(work, video_id)
    done = False
    for left in _abandoned(work, manifests.of_video(volume, video_id)):
        whole = _settle(work, volume, left)
        # Another job, or this one before a person edited it, may have been asked for other files.
        done = done or (whole and left.job_id == work.job_id and _was_asked_alike(work, left))
    return done


def _wait_for_settle_ended(work: Work, video_id: str) -> None:
    """Once we had the lock it sees that our job is active, and leaves the video to us."""
    with work.fenced():
        hold_track(video_id)


def _was_asked_alike(work: Work, left: Manifest) -> bool:
    return left.asked is None or left.asked == work.parameters


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
    _remove_pieces(volume, left)
    if in_rows:
        remove_replaced(volume, left, say=work.say)
        left.remove(volume)
    elif whole:
        work.say(
            f"Attempt {left.attempt} of job {left.job_id} had published all files;"
            " only their rows were missing."
        )
        finish(work, volume, left)
    else:
        put_aside(volume, left, say=work.say, look=work.check)
        left.remove(volume)
    return whole


def take_back(work: Work, volume: Volume, mine: Manifest) -> None:
    """What this attempt has published so far, as it has to end now.

    Raises LeaseLost: then its rival does that.
    """

    def look() -> None:
        try:
            work.check()
        except Interrupted:
            # It is ending already, and what it began is to be out of the way before.
            return

    look_at_lease(work)
    put_aside(volume, mine, say=work.say, look=look)
    mine.remove(volume)


def settle_ended(volume: Volume, left: Manifest, *, say: Say, look: Look) -> None:
    """What an ended job left, where no worker will go on from it: nothing half done stays.

    Looked at first, which may take long; then moved under the lock that `settle_old` asks for, so
    that no worker makes rows of a file that is put aside here.
    """
    half = _half_published(volume, left, look)
    with transaction.atomic():
        hold_track(left.video_id)
        if not left.is_there(volume) or _is_worked_on(left):
            return
        _remove_pieces(volume, left)
        if is_recorded(left):
            remove_replaced(volume, left, say=say)
        else:
            _move_aside(volume, left, half, say)
        left.remove(volume)


def _is_worked_on(left: Manifest) -> bool:
    active = download_jobs().active().filter(target=left.video_id)
    return active.exists() or Job.objects.active().filter(pk=left.job_id).exists()


def _remove_pieces(volume: Volume, left: Manifest) -> None:
    for piece in left.pieces(volume):
        piece.unlink(missing_ok=True)


def _stands(volume: Volume, placement: Placement, look: Look) -> bool:
    look()
    path = volume.root / placement.target
    if path.is_symlink() or not path.is_file():
        return False
    return path.stat().st_size == placement.file["bytes"]


def _matches(volume: Volume, placement: Placement, look: Look) -> bool:
    if not _stands(volume, placement, look):
        return False
    digest = hashlib.sha256()
    with (volume.root / placement.target).open("rb") as file:
        while piece := file.read(PIECE):
            digest.update(piece)
            look()
    return digest.hexdigest() == placement.file["sha256"]


def put_aside(volume: Volume, left: Manifest, *, say: Say, look: Look) -> None:
    """Files that are certainly ours and in no row go to quarantine; no other file is touched."""
    _move_aside(volume, left, _half_published(volume, left, look), say)


def _half_published(volume: Volume, left: Manifest, look: Look) -> list[Placement]:
    in_rows = recorded(left)
    return [
        each
        for each in left.placements
        if each.target not in in_rows
        and (_is_reservation(volume.root / each.target) or _is_ours(volume, each, look))
    ]


def _is_ours(volume: Volume, placement: Placement, look: Look) -> bool:
    """By size and time, which a move keeps; where a file system does not, by its sum."""
    if not _stands(volume, placement, look):
        return False
    changed_at = (volume.root / placement.target).stat().st_mtime_ns
    return changed_at == placement.mtime_ns or _matches(volume, placement, look)


def _is_reservation(path: Path) -> bool:
    """An empty file under a name of ours: what `place` leaves when killed in its last step."""
    return not path.is_symlink() and path.is_file() and path.stat().st_size == 0


def _move_aside(volume: Volume, left: Manifest, half: Iterable[Placement], say: Say) -> None:
    for each in half:
        path = volume.root / each.target
        if _is_reservation(path):
            path.unlink()
            sync_folder(path.parent)
        else:
            there = put_into_quarantine(volume, path)
            say(f"Put into quarantine, half published by attempt {left.attempt}: {there}")

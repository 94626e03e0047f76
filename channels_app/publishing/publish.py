"""Publishing: from a verified file in staging to a name in the library that outlives a crash.

The order is the promise: note, lease, names, rows, note away. Wherever it stops, the next attempt
at the video finds the note and knows what is ours (`settle_old`). Nothing is ever replaced.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from channels_app.models import TrackFile
from channels_app.publishing.manifest import Manifest, Placement
from channels_app.publishing.recovery import take_back
from channels_app.publishing.registration import finish, look_at_lease
from channels_app.storage import names
from channels_app.storage.atomic_move import place
from channels_app.storage.durable import make_folders, sync_folder
from channels_app.storage.volume import Volume
from jobs.execution.attempt import Work
from jobs.results import Interrupted
from metadata.youtube.download.files import DownloadedFile


class NameTaken(Exception):
    """A file that is in no manifest and no row stands where ours should go."""

    code = "name_taken"


def choose_targets(
    volume: Volume,
    *,
    folder: str,
    title: str,
    video_id: str,
    files: Iterable[DownloadedFile],
    source: Path,
) -> tuple[str, tuple[Placement, ...]]:
    """Stem and places: the first copy whose names no file of ours has. Raises NameTaken."""
    files = list(files)
    for copy in range(1, 1000):
        stem = names.stem(title, video_id, copy=copy)
        placements = tuple(_placement(file, folder, stem, source) for file in files)
        if not _ours(volume, placements):
            _refuse_strangers(volume, placements)
            return stem, placements
    raise NameTaken(f"{folder}/{stem} and its many copies are taken.")


def _placement(file: DownloadedFile, folder: str, stem: str, source: Path) -> Placement:
    changed_at = (source / file["name"]).stat().st_mtime_ns
    return Placement(file, f"{folder}/{_name(stem, file)}", mtime_ns=changed_at)


def _name(stem: str, file: DownloadedFile) -> str:
    extension = "info.json" if file["kind"] == "info" else file["container"]
    return names.file_name(stem, extension=extension, language=file["language"])


def _ours(volume: Volume, placements: Iterable[Placement]) -> bool:
    """Whether a published file has one of the names. A row whose file is gone holds no name."""
    targets = [each.target for each in placements]
    known = TrackFile.objects.filter(relative_path__in=targets)
    return any(
        (volume.root / path).exists() for path in known.values_list("relative_path", flat=True)
    )


def _refuse_strangers(volume: Volume, placements: Iterable[Placement]) -> None:
    for each in placements:
        path = volume.root / each.target
        if path.exists() or path.is_symlink():
            raise NameTaken(f"{each.target} is already there and not known here.")


def publish(work: Work, volume: Volume, manifest: Manifest, *, source: Path) -> None:
    """Puts the files of `source` in their places and writes their rows. Raises MediaRootMissing."""
    sync_folder(source)
    volume.look()
    manifest.write(volume)
    look_at_lease(work)
    try:
        put_in_place(volume, manifest, source=source, look=work.check)
    except (NameTaken, Interrupted):
        take_back(work, volume, manifest)
        raise
    finish(work, volume, manifest)


def put_in_place(
    volume: Volume, manifest: Manifest, *, source: Path, look: Callable[[], None]
) -> None:
    folder = make_folders(volume.root, Path(manifest.folder))
    for each in manifest.placements:
        try:
            place(source / each.file["name"], volume.root / each.target, look=look)
        except FileExistsError as error:
            raise NameTaken(f"{each.target} has just been taken by another file.") from error
    sync_folder(folder)

"""The media root: its own corner, and the marker that tells the library's disk from any other.

What the marker says is kept in the database as well. Once it is, nothing is written to a place that
does not say the same, and nothing is marked again: an empty folder is a disk that is not mounted.
"""

from __future__ import annotations

import re
import stat
import uuid
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import transaction

from channels_app.models import MediaVolume, TrackFile
from channels_app.models.volumes import ONLY
from channels_app.storage.durable import write_durably

OURS: Final = ".videomind"
_SAYS: Final = "VideoMind media volume"
_MARKER: Final = re.compile(rf"{_SAYS} ([A-Za-z0-9-]{{1,64}})\s*")
_LONGEST: Final = 200
_ON_PURPOSE: Final = f"A library that was moved on purpose takes {OURS}/volume along."


class MediaRootMissing(Exception):
    """The library's volume is not there: nothing, or something else, is in its place."""

    code = "media_root_missing"


@dataclass(frozen=True, slots=True)
class Volume:
    root: Path
    id: str = ""
    """What its marker has to say; empty for who only wants to know where things are."""

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

    def found(self) -> str:
        """What the marker says, empty where there is none. Raises OSError where it cannot tell."""
        if not _is_there(self.marker):
            return ""
        try:
            with self.marker.open(encoding="utf-8", errors="replace") as file:
                says = _MARKER.fullmatch(file.read(_LONGEST))
        except FileNotFoundError:
            return ""
        return says[1] if says else ""

    def look(self) -> None:
        """Raises MediaRootMissing unless the library's volume is there, now."""
        try:
            said = self.absence()
        except OSError as error:
            said = f"{error.filename or self.marker} cannot be looked at: {error.strerror}."
        if said:
            raise MediaRootMissing(said)

    def absence(self) -> str:
        """Empty when it is there, else a sentence. Raises OSError."""
        found = self.found()
        if found == self.id:
            return ""
        what = f"says “{found}”: is another disk mounted?" if found else "is not there: unmounted?"
        return f"{self.marker} {what} Accepted is “{_SAYS} {self.id}”. {_ON_PURPOSE}"

    def loss(self) -> str:
        """For a library whose marker nobody has noted yet, and that has none."""
        return f"{self.marker} is not there, though the library has files: is the disk mounted?"


def media_volume() -> Volume:
    """The mounted volume, marked at its first use. Raises MediaRootMissing and OSError."""
    volume = _library() or _mark(_place())
    if said := volume.absence():
        raise MediaRootMissing(said)
    return volume


def standing_volume() -> Volume | None:
    """For who only tidies up: None where the library is not. Raises OSError."""
    try:
        volume = _library()
    except MediaRootMissing:
        return None
    return volume if volume and not volume.absence() else None


def _place() -> Volume:
    return Volume(Path(settings.MEDIA_ROOT))


def _library() -> Volume | None:
    """The volume as it has to be; None as long as nothing was ever marked."""
    place = _place()
    known = MediaVolume.objects.values_list("marker", flat=True).first()
    if known:
        return replace(place, id=known)
    if place.found():
        # Marked before the database knew of markers.
        return _mark(place)
    if TrackFile.objects.exists():
        raise MediaRootMissing(place.loss())
    return None


def _mark(place: Volume) -> Volume:
    """Of two hosts at once one makes the row; the other one waits for it, and believes it.

    The row is committed once the marker stands, or a crash in between would leave a library that
    nothing is accepted as. The other way round the marker is found, and taken for what it is.
    """
    with transaction.atomic():
        new = {"marker": str(uuid.uuid4())}
        row, made = MediaVolume.objects.get_or_create(pk=ONLY, defaults=new)
        if made and (found := place.found()):
            row.marker = found
            row.save(update_fields=["marker"])
        elif made:
            make_root(place.root)
            place.ours.mkdir(exist_ok=True)
            write_durably(place.marker, f"{_SAYS} {row.marker}\n")
    return replace(place, id=row.marker)


def make_root(root: Path) -> None:
    """For us alone, and only as long as nothing was marked.

    Afterwards a folder that is missing is a disk that is away, and one in its place is in its way.
    """
    root.mkdir(mode=0o700, parents=True, exist_ok=True)


def _is_there(path: Path) -> bool:
    """`is_file` says no to some errors and raises others, not the same in every Python."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False

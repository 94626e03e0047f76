"""The note of what is about to be published, on disk before anything moves.

Whoever finds one knows which files may stand in the library without a row, and why.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from channels_app.storage.atomic_move import piece_of
from channels_app.storage.durable import sync_folder, write_durably
from channels_app.storage.staging import Staging
from channels_app.storage.volume import Volume
from metadata.youtube.download.files import DownloadedFile

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Placement:
    """One downloaded file and where it goes, relative to the media root."""

    file: DownloadedFile
    target: str
    mtime_ns: int = 0
    """Of the file in staging. A move keeps it, so with the size it tells the file without a sum."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """All that the rows need, so that a published download is never fetched twice."""

    job_id: int
    lease: int
    attempt: int
    video_id: str
    group_id: int
    folder: str
    stem: str
    info: dict[str, Any]
    placements: tuple[Placement, ...]
    # Files of this track that these take the place of, and how many bytes each had by its row.
    # Removed after the rows say so.
    replaces: Mapping[str, int] = field(default_factory=dict)
    # The job's parameters: a person may change them before the next attempt.
    asked: Mapping[str, Any] | None = None

    @property
    def targets(self) -> list[str]:
        return [placement.target for placement in self.placements]

    def path(self, volume: Volume) -> Path:
        return volume.manifests / f"{self.job_id}-{self.lease}.json"

    def write(self, volume: Volume) -> None:
        volume.manifests.mkdir(parents=True, exist_ok=True)
        write_durably(self.path(volume), json.dumps(asdict(self), ensure_ascii=False))

    def is_there(self, volume: Volume) -> bool:
        """Until somebody has settled what it tells of."""
        return self.path(volume).exists()

    def pieces(self, volume: Volume) -> list[Path]:
        """What a killed copy from another file system leaves beside its targets."""
        source = Staging.of(volume, job_id=self.job_id, lease=self.lease).files
        return [
            piece_of(source / each.file["name"], volume.root / each.target)
            for each in self.placements
        ]

    def remove(self, volume: Volume) -> None:
        self.path(volume).unlink(missing_ok=True)
        sync_folder(volume.manifests)


def of_video(volume: Volume, video_id: str) -> list[Manifest]:
    """What attempts of all jobs at the video noted, oldest first."""
    mine = [note for note in every(volume) if note.video_id == video_id]
    return sorted(mine, key=lambda note: (note.job_id, note.lease))


def every(volume: Volume) -> list[Manifest]:
    """A half-written note is none: nothing moved yet."""
    return [note for path in volume.manifests.glob("*.json") if (note := _found(path))]


def _found(path: Path) -> Manifest | None:
    """None too for what cannot be read: one damaged note must not fail the jobs of all videos."""
    try:
        return read(path)
    except FileNotFoundError:
        # Its own job has just come to its end.
        return None
    except (LookupError, TypeError, ValueError) as error:
        logger.warning("%s cannot be read and is left alone: %r", path, error)
        return None


def read(path: Path) -> Manifest:
    told = json.loads(path.read_text(encoding="utf-8"))
    placements = tuple(Placement(**each) for each in told.pop("placements"))
    replaces = told.pop("replaces")
    if not isinstance(replaces, dict):
        # A note from before sizes were noted: none of these is deleted.
        replaces = dict.fromkeys(replaces, -1)
    return Manifest(**told, placements=placements, replaces=replaces)

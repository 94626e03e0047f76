"""The note of what is about to be published, on disk before anything moves.

Whoever finds one knows which files may stand in the library without a row, and why.
"""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from channels_app.volume import Volume, sync_folder, write_durably
from metadata.youtube.downloaded import DownloadedFile

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Placement:
    """One downloaded file and where it goes, relative to the media root."""

    file: DownloadedFile
    target: str


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
    # Files of this track that these take the place of; removed after the rows say so.
    replaces: tuple[str, ...] = ()

    @property
    def targets(self) -> list[str]:
        return [placement.target for placement in self.placements]

    def path(self, volume: Volume) -> Path:
        return volume.manifests / f"{self.job_id}-{self.lease}.json"

    def write(self, volume: Volume) -> None:
        volume.manifests.mkdir(parents=True, exist_ok=True)
        write_durably(self.path(volume), json.dumps(asdict(self), ensure_ascii=False))

    def remove(self, volume: Volume) -> None:
        self.path(volume).unlink(missing_ok=True)
        sync_folder(volume.manifests)


def of_video(volume: Volume, video_id: str) -> list[Manifest]:
    """What attempts of all jobs at the video noted, oldest first.

    A half-written note is none: nothing moved yet.
    """
    notes = [note for path in volume.manifests.glob("*.json") if (note := _found(path))]
    mine = [note for note in notes if note.video_id == video_id]
    return sorted(mine, key=lambda note: (note.job_id, note.lease))


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
    replaces = tuple(told.pop("replaces"))
    return Manifest(**told, placements=placements, replaces=replaces)

"""What killed attempts left on the disk, taken away although nobody asks for their videos again.

The supervisors of all hosts call it on the media root they share.
"""

from __future__ import annotations

import logging
import random
import re
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from django.conf import settings

from channels_app.publishing import manifest as manifests
from channels_app.publishing.manifest import Manifest
from channels_app.publishing.recovery import settle_ended
from channels_app.storage.staging import folders
from channels_app.storage.volume import Volume, standing_volume
from jobs.models import Job
from jobs.states import Status

logger = logging.getLogger(__name__)

# A stop does not wait for it. What is not done goes on with the next round.
PATIENCE_S: Final = 2.0
# Beyond the longest job. A database that was restored or mistaken knows none of the jobs under way.
UNKNOWN_FOR: Final = timedelta(days=1)
_HALF_WRITTEN: Final = re.compile(r"([0-9]{1,18})-([0-9]{1,18})\.json\.[0-9a-f]+\.new")


class OutOfTime(Exception):
    """This round has had its time."""


def clean_up(*, patience_s: float = PATIENCE_S) -> list[str]:
    """One bounded round; the sentences of what it removed or put aside. Raises DatabaseError."""
    said: list[str] = []
    try:
        if volume := standing_volume():
            Round(volume, time.monotonic() + patience_s, said).run()
    except OutOfTime:
        logger.info("Tidying up %s goes on with the next round", settings.MEDIA_ROOT)
    except OSError as error:
        logger.warning("%s cannot be tidied up: %s", settings.MEDIA_ROOT, error)
    return said


@dataclass(frozen=True, slots=True)
class Leftover:
    """A folder in staging or a half-written note, named after the attempt that made it."""

    path: Path
    job_id: int
    lease: int

    def is_old(self) -> bool:
        with suppress(FileNotFoundError):
            return time.time() - self.path.stat().st_mtime > UNKNOWN_FOR.total_seconds()
        return False

    def remove(self) -> bool:
        """False when it would not go, or another host was quicker."""
        if not self.path.exists():
            return False
        if self.path.is_dir():
            shutil.rmtree(self.path, ignore_errors=True)
        else:
            self.path.unlink(missing_ok=True)
        return not self.path.exists()


@dataclass
class Round:
    """Staging first: whoever wakes up late finds nothing that it could still publish."""

    volume: Volume
    until: float
    said: list[str]

    def run(self) -> None:
        # The disk before the database: an attempt that begins in between is not in the list.
        self._remove([*_folders(self.volume), *_half_written(self.volume)])
        self._settle(manifests.every(self.volume))

    def _look(self) -> None:
        if time.monotonic() > self.until:
            raise OutOfTime

    def _remove(self, found: list[Leftover]) -> None:
        owners = _owners({each.job_id for each in found})
        for each in found:
            self._look()
            if _is_left(each, owners) and each.remove():
                self.said.append(f"Removed what a killed attempt left: {each.path}")

    def _settle(self, notes: list[Manifest]) -> None:
        """In any order: a file that takes longer than a round to read must not bar the others."""
        random.shuffle(notes)
        active = _active({note.job_id for note in notes})
        for note in notes:
            if note.job_id not in active:
                self._settle_one(note)

    def _settle_one(self, note: Manifest) -> None:
        self._look()
        try:
            settle_ended(self.volume, note, say=self.said.append, look=self._look)
        except OSError as error:
            logger.warning("%s cannot be settled: %s", note.path(self.volume), error)


def _folders(volume: Volume) -> Iterator[Leftover]:
    for each in folders(volume):
        yield Leftover(each.folder, each.job_id, each.lease)


def _half_written(volume: Volume) -> Iterator[Leftover]:
    for path in volume.manifests.glob("*.new"):
        if name := _HALF_WRITTEN.fullmatch(path.name):
            yield Leftover(path, int(name[1]), int(name[2]))


def _is_left(found: Leftover, owners: dict[int, int | None]) -> bool:
    if found.job_id not in owners:
        return found.is_old()
    return owners[found.job_id] != found.lease


def _owners(job_ids: Iterable[int]) -> dict[int, int | None]:
    """The lease under which each job may still be at work, None for none; no entry: no such job."""
    jobs = Job.objects.filter(pk__in=job_ids).values_list("pk", "status", "lease")
    at_work = (Status.RUNNING, Status.ZOMBIE)
    return {pk: lease if status in at_work else None for pk, status, lease in jobs}


def _active(job_ids: Iterable[int]) -> set[int]:
    return set(Job.objects.active().filter(pk__in=job_ids).values_list("pk", flat=True))

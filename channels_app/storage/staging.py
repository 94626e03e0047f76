"""The folder one attempt downloads into, on the file system of the library itself."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from channels_app.storage.volume import MediaRootMissing, Volume
from metadata.cookies import read_cookies

# No more digits than a database's integer holds.
_NAME: Final = re.compile(r"([0-9]{1,18})-([0-9]{1,18})")


@dataclass(frozen=True, slots=True)
class Staging:
    """`files` is the child's alone; beside it lies its copy of the cookies."""

    job_id: int
    lease: int
    folder: Path

    @classmethod
    def of(cls, volume: Volume, *, job_id: int, lease: int) -> Staging:
        return cls(job_id, lease, volume.staging / f"{job_id}-{lease}")

    @property
    def files(self) -> Path:
        return self.folder / "files"

    def cookies(self) -> str | None:
        """A copy for one child: yt-dlp writes its cookies back when it ends."""
        cookies = read_cookies()
        if cookies is None:
            return None
        copy = self.folder / "cookies.txt"
        copy.touch(mode=0o600)
        copy.write_bytes(cookies)
        return str(copy)

    def make(self, volume: Volume) -> None:
        """Nothing above our own corner: what stood in the place of a disk would be in its way."""
        volume.staging.mkdir(exist_ok=True)
        self.folder.mkdir()
        self.files.mkdir()

    def look(self, volume: Volume) -> None:
        """Raises MediaRootMissing when the disk is away, or was while this was made on it."""
        volume.look()
        if not os.path.isdir(self.files):  # noqa: PTH112  (it never raises)
            raise MediaRootMissing(f"{self.folder} is gone while in use: was the disk taken away?")

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def folders(volume: Volume) -> list[Staging]:
    """Those of all attempts that are under way, and of those that were killed."""
    found = ((path, _NAME.fullmatch(path.name)) for path in volume.staging.glob("*-*"))
    return [Staging(int(name[1]), int(name[2]), path) for path, name in found if name]


@contextmanager
def staging(volume: Volume, *, job_id: int, lease: int) -> Iterator[Staging]:
    """An empty folder for this attempt, gone afterwards.

    Raises MediaRootMissing for what goes wrong in it while the disk is away.
    """
    mine = Staging.of(volume, job_id=job_id, lease=lease)
    mine.make(volume)
    try:
        yield mine
    except OSError:
        mine.look(volume)
        raise
    finally:
        mine.remove()

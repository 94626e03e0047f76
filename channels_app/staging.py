"""The folder one attempt downloads into, on the file system of the library itself."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from channels_app.volume import Volume


class CookiesMissing(Exception):
    """A cookies file is configured, but cannot be read."""

    code = "cookies_refused"


@dataclass(frozen=True, slots=True)
class Staging:
    """`files` is the child's alone; beside it lies its copy of the cookies."""

    folder: Path

    @property
    def files(self) -> Path:
        return self.folder / "files"

    def cookies(self) -> str | None:
        """A copy for one child: yt-dlp writes its cookies back when it ends."""
        if not settings.COOKIES_FILE:
            return None
        copy = self.folder / "cookies.txt"
        copy.touch(mode=0o600)
        try:
            copy.write_bytes(Path(settings.COOKIES_FILE).read_bytes())
        except OSError as error:
            raise CookiesMissing(f"COOKIES_FILE cannot be read: {error.strerror}.") from error
        return str(copy)


@contextmanager
def staging(
    volume: Volume, *, job_id: int, lease: int, ended: Iterable[int] = ()
) -> Iterator[Staging]:
    """An empty folder for this attempt, gone afterwards; those of the job's older attempts too.

    And those of `ended` jobs. Whoever holds the lease may remove them: their owners have lost it,
    and their children with it.
    """
    owners = {str(each) for each in (job_id, *ended)}
    for older in volume.staging.glob("*-*"):
        if older.name.partition("-")[0] in owners:
            shutil.rmtree(older, ignore_errors=True)
    mine = Staging(volume.staging / f"{job_id}-{lease}")
    mine.files.mkdir(parents=True)
    try:
        yield mine
    finally:
        shutil.rmtree(mine.folder, ignore_errors=True)

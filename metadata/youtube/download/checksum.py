"""A finished file in staging: what it is, its size and its sum, safely on disk.

Done in the child: hashing and syncing gigabytes takes a while, and the worker's heartbeat goes on.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Final

from metadata.youtube.download.files import DownloadedFile
from metadata.youtube.download.probe import Probe
from metadata.youtube.download.sidecars import SidecarFile

PIECE: Final = 4 << 20


def words(found: Probe) -> str:
    streams = ", ".join(f"{each.kind} {each.codec} to {each.end:.2f} s" for each in found.streams)
    return streams or "nothing"


def sidecar(path: Path, file: SidecarFile) -> DownloadedFile:
    made = checksummed(path, kind=file["kind"])
    made["language"], made["automatic"] = file["language"], file["automatic"]
    return made


def checksummed(path: Path, *, kind: str, found: Probe | None = None) -> DownloadedFile:
    size, digest = _sum_and_sync(path)
    video, audio = (found.video, found.audio) if found else (None, None)
    return DownloadedFile(
        name=path.name,
        kind=kind,
        language="",
        automatic=False,
        bytes=size,
        sha256=digest,
        container=path.suffix[1:],
        vcodec=video.codec if video else "",
        acodec=audio.codec if audio else "",
        width=video.width if video else None,
        height=video.height if video else None,
        duration=round(found.duration, 3) if found else None,
    )


def _sum_and_sync(path: Path) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            digest.update(piece)
            size += len(piece)
        os.fsync(file.fileno())
    return size, digest.hexdigest()

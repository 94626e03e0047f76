"""What a child tells about the files it made: the shape that crosses the wall. Imports nothing."""

from __future__ import annotations

from typing import Any, TypedDict


class DownloadedFile(TypedDict):
    """A file in the staging folder; size and sum are those of the bytes on disk."""

    name: str
    kind: str  # video, audio, subtitle, thumbnail, info
    language: str
    automatic: bool
    bytes: int
    sha256: str
    container: str
    vcodec: str
    acodec: str
    width: int | None
    height: int | None
    duration: float | None


class Downloaded(TypedDict):
    """The result of `download.download`."""

    info: dict[str, Any]
    files: list[DownloadedFile]
    warnings: list[str]
    ytdlp_version: str

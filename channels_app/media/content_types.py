"""What each kind of file is called on the wire: our own table, whatever the machine's says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

UNKNOWN: Final = "application/octet-stream"

TYPES: Final[Mapping[str, str]] = {
    "mp4": "video/mp4",
    "m4v": "video/mp4",
    "mov": "video/quicktime",
    "webm": "video/webm",
    "mkv": "video/x-matroska",
    "m4a": "audio/mp4",
    "aac": "audio/aac",
    "mp3": "audio/mpeg",
    "opus": "audio/ogg",
    "ogg": "audio/ogg",
    "oga": "audio/ogg",
    "flac": "audio/flac",
    "wav": "audio/wav",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "avif": "image/avif",
    "vtt": "text/vtt; charset=utf-8",
    "srt": "application/x-subrip; charset=utf-8",
    "json": "application/json",
}


def extension(name: str) -> str:
    return name.rpartition("/")[2].rpartition(".")[2].lower()


def type_of(name: str) -> str:
    return TYPES.get(extension(name), UNKNOWN)


def is_shown(name: str) -> bool:
    """Whether a browser may show it in place; what we do not know is only ever saved."""
    return type_of(name).split("/")[0] in {"video", "audio", "image", "text"}

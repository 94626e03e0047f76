"""Which ffmpeg is used: a configured one, the system's, or the one that imageio-ffmpeg brings."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

Origin = Literal["configured", "system", "bundled"]

_VERSION: Final = re.compile(r"ffmpeg version (\S+)")


class FfmpegKilled(Exception):
    """A signal ended ffmpeg: neither the file nor YouTube is to blame."""

    code = "child_killed"

    def __init__(self, number: int) -> None:
        # What the kernel sends to the one that it chooses when memory runs out.
        perhaps = "; the system may have run out of memory" if number == signal.SIGKILL else ""
        super().__init__(f"ffmpeg was killed by signal {number}{perhaps}.")


@dataclass(frozen=True, slots=True)
class Ffmpeg:
    """A program, where it comes from and what it says of itself; for people."""

    path: str
    origin: Origin
    version: str

    def __str__(self) -> str:
        return f"ffmpeg {self.version or '(unknown version)'}, {self.origin}: {self.path}"


def find_ffmpeg(setting: str = "") -> str | None:
    """The path of the program itself; None where there is none, or the configured one is none."""
    found = _find(setting)
    return found[0] if found else None


def describe_ffmpeg(setting: str = "") -> Ffmpeg | None:
    found = _find(setting)
    return Ffmpeg(*found, version=_version(found[0])) if found else None


@cache
def _find(setting: str) -> tuple[str, Origin] | None:
    if setting:
        configured = shutil.which(setting)
        return (os.path.abspath(configured), "configured") if configured else None  # noqa: PTH100
    if system := shutil.which("ffmpeg"):
        return os.path.abspath(system), "system"  # noqa: PTH100  (a link stays a link)
    bundled = _bundled()
    return (bundled, "bundled") if bundled else None


def _bundled() -> str | None:
    try:
        import imageio_ffmpeg  # only where the system has none: it starts the program to try it

        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except (ImportError, RuntimeError):
        return None


def _version(path: str) -> str:
    try:
        said = subprocess.run(
            [path, "-version"], capture_output=True, text=True, timeout=20, errors="replace"
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    match = _VERSION.search(said.stdout)
    return match[1] if match else ""

"""The real yt-dlp in a child process of the tests, seen from outside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.youtube import LoopbackYouTube
from tests.youtube.clips import ffmpeg

CHILD = Path(__file__).with_name("child.py")

# The command line's options are not the API's: retries would be 0, and pauses are of no use here.
DEFAULTS: dict[str, Any] = {
    "retries": 1,
    "extractor_retries": 1,
    "socket_timeout": 20,
    "js_runtimes": {},
    "format": "bv*+ba",
    "noplaylist": False,
}


@dataclass
class Outcome:
    error: str | None
    raised: list[str]
    warnings: list[str]
    info: dict[str, Any] = field(default_factory=dict)
    entries: list[dict[str, Any]] = field(default_factory=list)

    @property
    def ids(self) -> list[str]:
        return [entry["id"] for entry in self.entries]

    @property
    def file(self) -> Path:
        return Path(self.info["requested_downloads"][0]["filepath"])


class YtDlp:
    """One child for many tasks: importing yt-dlp costs more than most of them."""

    def __init__(self, youtube: LoopbackYouTube, folder: Path) -> None:
        self.folder = folder
        self._environment = os.environ | youtube.environment()
        self._child = subprocess.Popen(
            [sys.executable, str(CHILD)],
            env=self._environment,
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def close(self) -> None:
        self._child.communicate()

    def list(self, url: str, **options: Any) -> Outcome:
        return self._ask(url, download=False, extract_flat="in_playlist", **options)

    def extract(self, url: str, **options: Any) -> Outcome:
        return self._ask(url, download=False, **options)

    def download(self, url: str, **options: Any) -> Outcome:
        template = str(self.folder / "%(id)s.%(ext)s")
        return self._ask(url, download=True, outtmpl=template, ffmpeg_location=ffmpeg(), **options)

    def command_line(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "yt_dlp", "--ignore-config", *arguments],
            env=self._environment | variables,
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )

    def _ask(self, url: str, *, download: bool, **options: Any) -> Outcome:
        task = {"url": url, "download": download, "options": DEFAULTS | options}
        assert self._child.stdin
        assert self._child.stdout
        self._child.stdin.write(json.dumps(task) + "\n")
        self._child.stdin.flush()
        return Outcome(**json.loads(self._child.stdout.readline()))


def watch(video_id: str) -> str:
    return f"https://www.youtube.com/watch?v={video_id}"


def probe(file: Path) -> str:
    """What ffmpeg says about the file; it must decode from beginning to end."""
    command = [ffmpeg(), "-nostdin", "-i", str(file), "-f", "null", "-"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stderr

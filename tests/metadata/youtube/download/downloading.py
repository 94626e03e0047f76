"""The child's download in a process of its own, against the loopback YouTube."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from metadata.youtube.download.ffmpeg import find_ffmpeg
from tests.youtube import LoopbackYouTube

ROOT = Path(__file__).resolve().parents[4]
FFMPEG = find_ffmpeg() or ""

# What the worker does at the other end of the socket, in a few lines.
RUN = """
import json, sys
from jobs.processes.child import ChildFailed
from metadata.youtube.download.video import download

class Events:
    def log(self, text, *, stream="job"): told.append([stream, text])
    def progress(self, current, total=None, **more): told.append(["bar", [current, total]])

told = []
try:
    answer = {"result": download(json.load(sys.stdin), Events())}
except ChildFailed as failed:
    answer = {"error": failed.description}
json.dump({**answer, "told": told, "django": "django" in sys.modules}, sys.stdout)
"""


def run(
    youtube: LoopbackYouTube,
    video_id: str,
    staging: Path,
    *,
    first: str = "",
    within: Sequence[str] = (),
    **more: Any,
) -> dict[str, Any]:
    """What the child answers, and what it told. `first` is Python, `within` a command around it."""
    profile = {
        "max_height": 1080,
        "audio_only": False,
        "container": "mp4",
        "audio_format": "m4a",
        "format_selector": "",
    } | more.pop("profile", {})
    parameters = {
        "video_id": video_id,
        "profile": profile,
        "staging": str(staging),
        "ffmpeg": FFMPEG,
        "sidecars": {"languages": ["en"], "automatic": True, "thumbnail": True, "info": True},
        **more,
    }
    done = subprocess.run(
        [*within, sys.executable, "-c", first + RUN],
        input=json.dumps(parameters),
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ | youtube.environment(),
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def trial_ffmpeg(path: Path, *, joining: str = "", verifying: str = "") -> str:
    """The real one, but for one of its two tasks in a download."""
    path.write_text(
        "#!/bin/sh\n"
        f'case "$*" in *framecrc*) {verifying or ":"};; *.temp.m*) {joining or ":"};; esac\n'
        f'exec {FFMPEG} "$@"\n'
    )
    path.chmod(0o755)
    return str(path)

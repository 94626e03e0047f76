"""A channel of 20 videos, from enqueue to all published, against yt-dlp's own sequential run.

Throttled: 500 KB/s a connection and 50 ms a request; then without limits. Both sides list the
channel, fetch video and audio apart, and merge them with the same ffmpeg.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from bench.environment import Product, product, youtube
from bench.figures import Figure
from metadata.youtube.download.ffmpeg import find_ffmpeg

VIDEOS = 20
BYTES = 600_000
ROUNDS = 3

DOWNLOAD = """
import json, shutil, time
from pathlib import Path
from django.conf import settings
from channels_app.models import Track
from jobs import queue
from jobs.models import Job, Lane
Lane.objects.filter(name="download").update(limit=4)
Track.objects.all().delete()
Job.objects.all().delete()
shutil.rmtree(Path(settings.MEDIA_ROOT) / "library", ignore_errors=True)
began = time.perf_counter()
job = queue.submit("channel_download", {"channel_url": "https://www.youtube.com/@Twenty"}).job
while (now := Job.objects.get(pk=job.pk)).status not in ("completed", "failed", "dead_letter"):
    time.sleep(0.02)
seconds = time.perf_counter() - began
assert (now.status, now.progress_message) == ("completed", "20 of 20"), now.error_message
print(json.dumps(seconds))
"""


def measure() -> Iterator[Figure]:
    throttled = ["--latency", "0.05", "--bytes-per-second", "500000"]
    yield from _compare("throttled", throttled, rounds=1, at_most=0.35)
    yield from _compare("unthrottled", [], rounds=ROUNDS, at_most=1.0)


def _compare(name: str, limits: list[str], *, rounds: int, at_most: float) -> Iterator[Figure]:
    arguments = ["--channel", f"Twenty:{VIDEOS}:0", "--video-bytes", str(BYTES), *limits]
    with youtube(*arguments) as source:
        extra = {**source["environment"], "LANE_DOWNLOAD": "4", "WORKERS": "6", "PACING_S": "0"}
        with product("sqlite", extra) as made, made.cluster():
            _wake_fork_server(made)
            pairs = [(_their_run(made), made.python(DOWNLOAD)) for _ in range(rounds)]
    theirs, ours = median(pair[0] for pair in pairs), median(pair[1] for pair in pairs)
    yield Figure(f"yt-dlp's own run of {VIDEOS} videos, {name}", theirs, "s")
    yield Figure(
        f"channel of {VIDEOS} / yt-dlp's own run, {name}",
        ours / theirs,
        "ratio",
        at_most=at_most,
        detail=f"{ours:.2f} s / {theirs:.2f} s",
    )


def _wake_fork_server(made: Product) -> None:
    """As in a product that is at work: the first child of the day is not what is measured."""
    made.python(DOWNLOAD)


def _their_run(made: Product) -> float:
    ffmpeg = find_ffmpeg("")
    assert ffmpeg is not None
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        subprocess.run(
            [
                sys.executable,
                "-m",
                "yt_dlp",
                "--ignore-config",
                "--quiet",
                "--ffmpeg-location",
                str(getattr(ffmpeg, "path", ffmpeg)),
                "--output",
                "%(id)s.%(ext)s",
                "https://www.youtube.com/@Twenty",
            ],
            env=made.environment,
            cwd=folder,
            stderr=subprocess.DEVNULL,
            check=True,
        )
        seconds = time.perf_counter() - began
        assert len(list(Path(folder).glob("*.mp4"))) == VIDEOS
    return seconds

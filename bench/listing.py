"""Listing a large channel into the database, against yt-dlp's own listing of the same tab.

Both sides list from the same loopback YouTube in the same run; yt-dlp writes nothing, we write
every video. The first warm-up of each side is not counted.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator

from bench.environment import Product, product, youtube
from bench.figures import Figure

VIDEOS = 2429
ROUNDS = 3

RUN = """
import json, time
from jobs import queue
from jobs.models import Job
def run(job_type, parameters):
    began = time.perf_counter()
    job = queue.submit(job_type, parameters).job
    while (now := Job.objects.get(pk=job.pk)).status not in ("completed", "failed", "dead_letter"):
        time.sleep(0.01)
    return time.perf_counter() - began, now
"""
LIST = (
    RUN
    + """
from metadata.models import YouTubeVideoMetadata
YouTubeVideoMetadata.objects.all().delete()
seconds, job = run("metadata_extraction", {"channel_url": "https://www.youtube.com/@Big/videos"})
assert job.status == "completed", job.error_message
assert YouTubeVideoMetadata.objects.count() == %d
print(json.dumps(seconds))
"""
)
# A library that has everything: rows as a finished download leaves them.
OWN = (
    RUN
    + """
from channels_app.models import Track
from jobs.models import Lane
Lane.objects.filter(name="download").update(limit=0)
job = queue.submit("channel_download", {"channel_url": "https://www.youtube.com/@Big"}).job
while Job.objects.get(pk=job.pk).status in ("pending", "running"):
    time.sleep(0.05)
Track.objects.update(state="available")
Job.objects.filter(parent=job).update(status="completed")
Job.objects.filter(pk=job.pk).update(status="completed", wait_for="")
print(json.dumps(Track.objects.count()))
"""
)
SYNC = (
    RUN
    + """
seconds, job = run("channel_download", {"channel_url": "https://www.youtube.com/@Big"})
assert job.status == "completed", job.error_message
print(json.dumps(seconds))
"""
)


def measure() -> Iterator[Figure]:
    with (
        youtube("--channel", f"Big:{VIDEOS}:0") as source,
        product("sqlite", source["environment"]) as made,
        made.cluster(),
    ):
        theirs = min(_their_listing(made) for _ in range(ROUNDS))
        made.python(LIST % VIDEOS)
        ours = min(made.python(LIST % VIDEOS) for _ in range(ROUNDS))
        assert made.python(OWN) == VIDEOS
        sync = min(made.python(SYNC) for _ in range(ROUNDS))
    yield Figure(f"yt-dlp --flat-playlist --dump-json, {VIDEOS} videos", theirs, "s")
    yield Figure(
        "listing into the database / yt-dlp's listing",
        ours / theirs,
        "ratio",
        at_most=0.6,
        detail=f"{ours:.2f} s / {theirs:.2f} s",
    )
    yield Figure(
        "sync with nothing new / yt-dlp's listing",
        sync / theirs,
        "ratio",
        at_most=0.1,
        detail=f"{sync:.2f} s / {theirs:.2f} s",
    )


def _their_listing(made: Product) -> float:
    began = time.perf_counter()
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "yt_dlp",
            "--ignore-config",
            "--flat-playlist",
            "--dump-json",
            "https://www.youtube.com/@Big/videos",
        ],
        env=made.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=True,
    )
    assert done.stdout.count("\n") == VIDEOS
    return time.perf_counter() - began

"""What runs in the child: without Django, warm before the fork, and never silent for too long."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import Any

import pytest

from jobs.processes import child_process
from jobs.processes.child_process import ChildEnd, Event
from metadata.youtube.child import warm_up
from metadata.youtube.errors.classify import classify
from tests.metadata.conftest import Heard
from tests.youtube import Fault, LoopbackYouTube


def python(program: str) -> Any:
    """What a fresh interpreter prints, as JSON."""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    return json.loads(done.stdout.splitlines()[-1])


def run(function: str, parameters: dict[str, Any]) -> tuple[ChildEnd, list[Event]]:
    child = child_process.start(f"metadata.youtube.child.{function}", parameters, fork_server=None)
    try:
        events = list(child.follow(lambda: None))
    finally:
        child.close()
    return child.end(), events


def test_the_child_knows_nothing_of_django() -> None:
    found = python(
        "import json, sys; import metadata.youtube.child;"
        "print(json.dumps([n for n in sys.modules if n.split('.')[0] in ('django', 'jobs')]))"
    )
    assert "jobs.processes.child" in found
    assert not [name for name in found if name.startswith("django") or name == "jobs.models"]


def test_a_warm_up_leaves_nothing_behind_and_runs_no_javascript() -> None:
    found = python(
        """
import json, os, sys, threading, time
started = []
def note(name, args):
    if name == "subprocess.Popen":
        started.append([str(each) for each in args[1]])
sys.addaudithook(note)
from metadata.youtube import child
descriptors = lambda: sorted(os.listdir("/proc/self/fd"))
before, began = descriptors(), time.perf_counter()
child.warm_up({}, None)
print(json.dumps([
    threading.active_count(), before == descriptors(), started, time.perf_counter() - began,
]))
"""
    )
    threads, same_descriptors, started, seconds = found
    assert (threads, same_descriptors) == (1, True)
    # ListingRequest for its version, once for all children; never given anything to run.
    assert [words[1:] for words in started if "deno" in words[0]] == [["--version"]]
    # It takes 0.2 s; a busy machine may take longer.
    assert seconds < 5


def test_a_warm_up_sends_nothing() -> None:
    heard = Heard()
    assert set(warm_up({}, heard)) == {"ytdlp_version"}
    assert heard.all == []


def test_one_video_is_extracted_whole(youtube: LoopbackYouTube) -> None:
    garden = youtube.catalogue.channel("@Garden")
    assert garden
    video = garden.videos[0]
    end, _ = run("extract_video", {"id": video.video_id})
    assert end.result
    info = end.result["info"]
    assert (info["title"], info["description"]) == (video.title, video.description)
    assert info["view_count"] == video.views
    assert info["vcodec"]
    assert "formats" not in info


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault.PRIVATE, "video_private"),
        (Fault.REMOVED, "video_removed"),
        (Fault.GEO, "geo_blocked"),
    ],
)
def test_a_video_that_cannot_be_seen_is_a_described_failure(
    fault: Fault, code: str, youtube: LoopbackYouTube
) -> None:
    channel = youtube.catalogue.add_channel(f"Lost{fault}", videos=1)
    youtube.fault(channel.videos[0].video_id, fault)
    end, _ = run("extract_video", {"id": channel.videos[0].video_id})
    assert end.error, end.crash
    assert classify(end.error).code == code  # type: ignore[arg-type]


def test_a_listing_without_a_new_entry_is_given_up(youtube: LoopbackYouTube) -> None:
    channel = youtube.catalogue.add_channel("Silent", videos=130)
    youtube.fault_listing(channel, Fault.LISTING_HANG, page=1)
    began = time.monotonic()
    end, events = run("list_source", {"kind": "channel", "id": "@Silent", "timeout_s": 1})
    assert time.monotonic() - began < 10
    assert sum(len(event["entries"]) for event in events if event["event"] == "entries") == 100
    assert end.error, end.crash
    assert end.error["message"] == "No new entry for 1 s."
    assert classify(end.error).code == "read_timeout"  # type: ignore[arg-type]

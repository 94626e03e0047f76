"""Child functions that only tests use; like all child functions, without Django."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import Any

from jobs.processes.child import ChildFailed, Events


def answer(parameters: dict[str, Any], events: Events) -> dict[str, Any]:
    events.log("hello from the child")
    print("on stdout", flush=True)  # noqa: T201
    print("on stderr", file=sys.stderr, flush=True)  # noqa: T201
    events.progress(1, 2, "half way")
    events.send("entry", id="first")
    return {"sum": sum(parameters.get("numbers", [])), "pid": os.getpid(), "sid": os.getsid(0)}


def refuse(parameters: dict[str, Any], events: Events) -> dict[str, Any]:
    raise ChildFailed({"message": "not today", "exception": "Nothing"})


def crash(parameters: dict[str, Any], events: Events) -> dict[str, Any]:
    raise RuntimeError("a bug in the child")


def kill_itself(parameters: dict[str, Any], events: Events) -> dict[str, Any]:
    os.kill(os.getpid(), 9)
    return {}


def sleep_with_relative(parameters: dict[str, Any], events: Events) -> dict[str, Any]:
    """Starts a grandchild, as yt-dlp starts ffmpeg, and says both pids."""
    relative = subprocess.Popen(["sleep", "600"])
    if path := parameters.get("ledger"):
        with open(path, "a") as file:
            file.write(f"child {os.getpid()}\nrelative {relative.pid}\n")
    events.send("pids", child=os.getpid(), relative=relative.pid)
    time.sleep(float(parameters.get("seconds", 600)))
    relative.kill()
    relative.wait()
    return {"child": os.getpid(), "relative": relative.pid}


def warm_up(parameters: dict[str, Any], events: Events) -> dict[str, Any]:
    return {}

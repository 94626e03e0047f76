"""What runs inside a child process: no Django, no database, only events over a socket.

A child function takes `(parameters, events)` and returns its result as a JSON-able dictionary. It
writes files only into the folder its parameters name. Started by the fork server, or by
`python -m jobs.processes.child` when there is no fork server.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from videomind.prctl import call_myself

OOM_SCORE = "600"


class Events:
    """Sends JSON lines to the worker that started us."""

    def __init__(self, stream: socket.socket) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def send(self, event: str, **fields: Any) -> None:
        line = json.dumps({"event": event, **fields}, ensure_ascii=False, default=str) + "\n"
        # Half of a character pair, as in a title that was cut off in an emoji, is a "?" from here
        # on: escaped it would arrive whole, and then no row and no file could hold it.
        data = line.encode("utf-8", "replace")
        with self._lock:
            self._stream.sendall(data)

    def log(self, text: str, *, stream: str = "job") -> None:
        self.send("log", stream=stream, text=text)

    def progress(
        self,
        current: int,
        total: int | None = None,
        message: str = "",
        *,
        speed: float | None = None,
        left_s: float | None = None,
    ) -> None:
        """Without a message bytes are counted. `speed` is in bytes a second."""
        told = {"current": current, "total": total, "message": message}
        self.send("progress", **told, speed=speed, left_s=left_s)


class ChildFailed(Exception):
    """Raised by a child function to answer with a described failure instead of a traceback."""

    def __init__(self, description: dict[str, Any]) -> None:
        super().__init__(str(description.get("message", "")))
        self.description = description


ChildFunction = Callable[[dict[str, Any], Events], dict[str, Any]]


def become_session(stream: socket.socket) -> None:
    """Own session, first target of the OOM killer, and gone the moment the worker is gone."""
    if os.getsid(0) != os.getpid():
        os.setsid()
    # Stopping is the worker's decision: a TERM to the whole tree must not spoil the attempt.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    prefer_for_oom_kill()
    call_myself("vm-child")
    threading.Thread(target=_die_with_worker, args=(stream,), daemon=True).start()


def prefer_for_oom_kill() -> None:
    try:
        Path("/proc/self/oom_score_adj").write_text(OOM_SCORE)
    except OSError:
        return


def _die_with_worker(stream: socket.socket) -> None:
    """The worker never writes to us, so any end of its side means that it has gone."""
    try:
        while stream.recv(1):
            pass
    except OSError:
        pass
    os.killpg(os.getpgid(0), signal.SIGKILL)


def find(name: str) -> ChildFunction:
    module, _, function = name.rpartition(".")
    found: ChildFunction = getattr(importlib.import_module(module), function)
    return found


def run(function: str, parameters: dict[str, Any], stream: socket.socket) -> int:
    """Runs one child function to its end; the exit status says only whether it answered."""
    events = Events(stream)
    try:
        result = find(function)(parameters, events)
        events.send("result", result=result)
    except ChildFailed as failure:
        events.send("error", error=failure.description)
    except BaseException:
        events.send("crash", traceback=traceback.format_exc())
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


def leave(status: int) -> NoReturn:
    """Ends without the parent's clean-up handlers: a forked child owns none of them."""
    os._exit(status)


def main() -> None:
    """`python -m jobs.processes.child FD`: the request is the first line on that socket."""
    stream = socket.socket(fileno=int(sys.argv[1]))
    request = json.loads(_first_line(stream))
    become_session(stream)
    leave(run(request["function"], request["parameters"], stream))


def _first_line(stream: socket.socket) -> bytes:
    line = bytearray()
    while not line.endswith(b"\n"):
        piece = stream.recv(1)
        if not piece:
            raise SystemExit("the worker went away before it said what to do")
        line += piece
    return bytes(line)


if __name__ == "__main__":
    # By its real name: what a child function raises is that module's ChildFailed, not __main__'s.
    from jobs.processes import child  # noqa: PLW0406

    child.main()

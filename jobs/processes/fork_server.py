"""The fork server: a small process without Django that starts children quickly.

`python -m jobs.processes.fork_server LISTENING_FD IDLE_SECONDS [WARM_UP …]` imports and warms up
what it is told once, then forks a child for each request. One thread, so that forking is safe. A
request is one message `[length][json]` with three descriptors (events, stdout, stderr); the
answers are two JSON lines, the child's pid and, when it ends, its exit status and peak memory.

A forked, warm child starts in milliseconds where a fresh interpreter takes 0.5 s.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import resource
import select
import signal
import socket
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import NoReturn

from jobs.processes import child
from videomind import prctl

MAX_REQUEST = 16 << 20


@dataclass
class ForkServer:
    listener: socket.socket
    idle_s: float
    # pid → the connection that asked for it
    children: dict[int, socket.socket] = field(default_factory=dict)
    used_at: float = field(default_factory=time.monotonic)

    def serve(self, wake_up: socket.socket) -> None:
        """Until it is idle for long enough; the supervisor's next wish starts a new one."""
        while self.children or time.monotonic() - self.used_at < self.idle_s:
            ready, _, _ = select.select([self.listener, wake_up], [], [], 5.0)
            if wake_up in ready:
                with contextlib.suppress(BlockingIOError):
                    wake_up.recv(4096)
            self.reap()
            if self.listener in ready:
                self.accept()

    def accept(self) -> None:
        try:
            connection, _ = self.listener.accept()
        except (BlockingIOError, ConnectionError):
            return
        self.used_at = time.monotonic()
        connection.settimeout(5)
        try:
            self.start(connection)
        except (OSError, ValueError, EOFError):
            connection.close()

    def start(self, connection: socket.socket) -> None:
        request, descriptors = receive(connection)
        if is_gone(connection):
            for descriptor in descriptors:
                os.close(descriptor)
            raise EOFError
        pid = os.fork()
        if pid == 0:
            for inherited in (self.listener, connection, *self.children.values()):
                inherited.close()
            become(request, descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        self.children[pid] = connection
        tell(connection, {"pid": pid})

    def reap(self) -> None:
        """Tells each asker how its child ended."""
        while self.children:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            connection = self.children.pop(pid, None)
            if connection is not None:
                tell(connection, ended(status, usage))
                connection.close()
            self.used_at = time.monotonic()


def ended(status: int, usage: resource.struct_rusage) -> dict[str, int | None]:
    code = os.waitstatus_to_exitcode(status)
    return {
        "exit_code": code if code >= 0 else None,
        "signal": -code if code < 0 else None,
        "peak_memory_kb": usage.ru_maxrss,
    }


def tell(connection: socket.socket, answer: dict[str, int | None]) -> None:
    with contextlib.suppress(OSError):
        connection.sendall(json.dumps(answer).encode() + b"\n")


def receive(connection: socket.socket) -> tuple[dict[str, object], list[int]]:
    data, descriptors, _, _ = socket.recv_fds(connection, 65536, 3)
    if len(data) < 4 or len(descriptors) != 3:
        for descriptor in descriptors:
            os.close(descriptor)
        raise ValueError("not a request")
    try:
        return json.loads(_whole(connection, data)), descriptors
    except BaseException:
        for descriptor in descriptors:
            os.close(descriptor)
        raise


def _whole(connection: socket.socket, data: bytes) -> bytes:
    length = int.from_bytes(data[:4], "big")
    body = bytearray(data[4:])
    while len(body) < min(length, MAX_REQUEST):
        piece = connection.recv(65536)
        if not piece:
            raise EOFError
        body += piece
    return bytes(body)


def is_gone(connection: socket.socket) -> bool:
    """Whether the asker has stopped waiting: it may have started the same child by itself."""
    if not select.select([connection], [], [], 0)[0]:
        return False
    try:
        return not connection.recv(1, socket.MSG_PEEK)
    except OSError:
        return True


def become(request: dict[str, object], descriptors: list[int]) -> NoReturn:
    """The forked side: never returns into the server's loop."""
    status = 1
    try:
        events, stdout, stderr = descriptors
        os.setsid()
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.dup2(stdout, 1)
        os.dup2(stderr, 2)
        stream = socket.socket(fileno=events)
        child.become_session(stream)
        parameters = request["parameters"]
        assert isinstance(parameters, dict)  # noqa: S101  (narrows for the type checker)
        status = child.run(str(request["function"]), parameters, stream)
    finally:
        child.leave(status)


def warm_up(names: list[str]) -> None:
    for name in names:
        child.find(name)({}, child.Events(socket.socketpair()[0]))
    if threading.active_count() != 1:
        raise SystemExit("a warm-up left a thread behind: forking would not be safe")
    # What is warm stays shared with the children: no collection may write to those pages.
    gc.collect()
    gc.freeze()


def main() -> None:
    prctl.die_with_parent()
    prctl.call_myself("vm-forks")
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    listener = socket.socket(fileno=int(sys.argv[1]))
    listener.setblocking(False)
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    theirs.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(theirs.fileno())
    warm_up(sys.argv[3:])
    ForkServer(listener, float(sys.argv[2])).serve(ours)


if __name__ == "__main__":
    main()

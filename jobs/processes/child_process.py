"""The wall: one child process seen from its worker, from its start to the end of its last relative.

Whatever touches the network or ffmpeg runs behind it. The worker never waits on the child for
longer than `LOOK_S`, so heartbeat, cancel and deadline are looked at whatever the child does.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

LOOK_S = 0.2
# After the child's last word its exit status follows at once; a hung interpreter is not waited for.
LAST_WORD_S = 5.0
# Longer than a fork server takes to wake up on a slow machine; then it is done without.
FORK_SERVER_WAIT_S = 20.0
PIECE = 65536
# One event is one line; a child that never ends its line must not fill the worker's memory.
LONGEST_LINE = 16 << 20

Event = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ChildEnd:
    """How a child ended: with a result, a described failure, a crash, or without a word."""

    result: dict[str, Any] | None = None
    error: dict[str, Any] | None = None
    crash: str = ""
    exit_code: int | None = None
    signal: int | None = None
    peak_memory_kb: int | None = None


@dataclass
class Child:
    """A running child: its descriptors, and its group to be ended."""

    pid: int
    events: socket.socket
    stdout: int
    stderr: int
    fork_server: socket.socket | None = None
    popen: subprocess.Popen[bytes] | None = None
    last_words: Event = field(default_factory=dict)
    status: Event = field(default_factory=dict)
    _buffers: dict[int, bytearray] = field(default_factory=dict)
    _open: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._open = {self.events.fileno(), self.stdout, self.stderr}
        if self.fork_server is not None:
            self._open.add(self.fork_server.fileno())

    def follow(self, look: Callable[[], None]) -> Iterator[Event]:
        """Every event of the child, until it has ended. `look` runs at least each LOOK_S."""
        deadline: float | None = None
        while self._talking() and (deadline is None or time.monotonic() < deadline):
            look()
            ready, _, _ = select.select(sorted(self._open), [], [], LOOK_S)
            for descriptor in ready:
                yield from self._read(descriptor)
            if deadline is None and self.events.fileno() not in self._open:
                deadline = time.monotonic() + LAST_WORD_S
        yield from self._unfinished_lines()

    def _talking(self) -> bool:
        if self.events.fileno() in self._open:
            return True
        if self.fork_server is not None:
            return self.fork_server.fileno() in self._open and not self.status
        return self.popen is not None and self.popen.poll() is None

    def _read(self, descriptor: int) -> Iterator[Event]:
        try:
            data = os.read(descriptor, PIECE)
        except OSError:
            data = b""
        if not data:
            self._open.discard(descriptor)
            return
        buffer = self._buffers.setdefault(descriptor, bytearray())
        buffer += data
        if len(buffer) > LONGEST_LINE:
            buffer += b"\n"
        *lines, rest = buffer.split(b"\n")
        self._buffers[descriptor] = bytearray(rest)
        for line in lines:
            yield from self._event(descriptor, bytes(line))

    def _event(self, descriptor: int, line: bytes) -> Iterator[Event]:
        if descriptor == self.stdout or descriptor == self.stderr:
            stream = "stdout" if descriptor == self.stdout else "stderr"
            yield {"event": "log", "stream": stream, "text": line.decode("utf-8", "replace")}
            return
        try:
            event = json.loads(line)
        except ValueError:
            return
        if descriptor != self.events.fileno():
            self.status = event
        elif event.get("event") in {"result", "error", "crash"}:
            self.last_words = event
        else:
            yield event

    def _unfinished_lines(self) -> Iterator[Event]:
        for descriptor in (self.stdout, self.stderr):
            while descriptor in self._open and select.select([descriptor], [], [], 0)[0]:
                yield from self._read(descriptor)
            rest = self._buffers.pop(descriptor, b"")
            if rest:
                yield from self._event(descriptor, bytes(rest))

    def end(self) -> ChildEnd:
        words, status = self.last_words, self.status
        if self.popen is not None:
            status = _popen_status(self.popen)
        return ChildEnd(
            result=words.get("result"),
            error=words.get("error"),
            crash=words.get("traceback", ""),
            exit_code=status.get("exit_code"),
            signal=status.get("signal"),
            peak_memory_kb=status.get("peak_memory_kb"),
        )

    def close(self) -> None:
        """Ends the whole group, whatever is left of it: ffmpeg survives anything less."""
        kill_group(self.pid)
        if self.popen is not None:
            self.popen.wait()
        self.events.close()
        os.close(self.stdout)
        os.close(self.stderr)
        if self.fork_server is not None:
            self._await_status()
            self.fork_server.close()

    def _await_status(self) -> None:
        """The fork server's word that the child is reaped: afterwards nothing of it is left."""
        assert self.fork_server is not None  # noqa: S101
        if self.status:
            return
        self.fork_server.settimeout(LAST_WORD_S)
        with contextlib.suppress(OSError, ValueError):
            self.status = json.loads(self.fork_server.recv(PIECE) or b"{}")


def kill_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _popen_status(popen: subprocess.Popen[bytes]) -> Event:
    code = popen.poll()
    if code is None:
        return {}
    return {"exit_code": code} if code >= 0 else {"signal": -code}


def _nothing() -> None:
    return


def start(
    function: str,
    parameters: dict[str, Any],
    *,
    fork_server: Path | None,
    look: Callable[[], None] = _nothing,
    wait_s: float = FORK_SERVER_WAIT_S,
) -> Child:
    """Starts a child through the fork server, or by itself where none answers in time.

    A fork server that is just waking up takes seconds: `look` runs meanwhile, as in `follow`.
    """
    ours, theirs = socket.socketpair()
    stdout, stdout_end = os.pipe()
    stderr, stderr_end = os.pipe()
    request = {"function": function, "parameters": parameters}
    try:
        ends = theirs, stdout_end, stderr_end
        child = _from_fork_server(fork_server, request, ends, look, wait_s)
        if child is None:
            # A new pair: a fork server that wakes up too late finds the old one closed.
            ours.close()
            theirs.close()
            ours, theirs = socket.socketpair()
            child = _by_itself(request, ours, theirs, stdout_end, stderr_end)
        pid, connection, popen = child
    except BaseException:
        ours.close()
        os.close(stdout)
        os.close(stderr)
        raise
    finally:
        theirs.close()
        os.close(stdout_end)
        os.close(stderr_end)
    return Child(pid, ours, stdout, stderr, fork_server=connection, popen=popen)


_Started = tuple[int, socket.socket | None, "subprocess.Popen[bytes] | None"]


def _from_fork_server(
    path: Path | None,
    request: Event,
    descriptors: tuple[socket.socket, int, int],
    look: Callable[[], None],
    wait_s: float,
) -> _Started | None:
    if path is None:
        return None
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(wait_s)
    try:
        connection.connect(str(path))
        body = json.dumps(request).encode()
        message = len(body).to_bytes(4, "big") + body
        events, stdout, stderr = descriptors
        sent = socket.send_fds(connection, [message], [events.fileno(), stdout, stderr])
        connection.sendall(message[sent:])
        _await_answer(connection, look, wait_s)
        pid = json.loads(_line(connection))["pid"]
    except (OSError, ValueError, KeyError):
        connection.close()
        return None
    except BaseException:
        # The look ends the attempt. What is forked now finds its socket closed, and ends.
        connection.close()
        raise
    connection.settimeout(None)
    return pid, connection, None


def _await_answer(connection: socket.socket, look: Callable[[], None], wait_s: float) -> None:
    until = time.monotonic() + wait_s
    while not select.select([connection], [], [], LOOK_S)[0]:
        look()
        if time.monotonic() > until:
            raise TimeoutError


def _line(connection: socket.socket) -> bytes:
    line = bytearray()
    while not line.endswith(b"\n"):
        piece = connection.recv(1)
        if not piece:
            raise ConnectionResetError
        line += piece
    return bytes(line)


def _by_itself(
    request: Event, ours: socket.socket, theirs: socket.socket, stdout: int, stderr: int
) -> _Started:
    popen = subprocess.Popen(
        [sys.executable, "-m", "jobs.processes.child", str(theirs.fileno())],
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        pass_fds=[theirs.fileno()],
        start_new_session=True,
        cwd=Path(__file__).resolve().parents[2],
    )
    ours.sendall(json.dumps(request).encode() + b"\n")
    return popen.pid, None, popen


def run(
    function: str,
    parameters: dict[str, Any],
    *,
    fork_server: Path | None,
    look: Callable[[], None],
    on_event: Callable[[Event], None],
    on_start: Callable[[int], None] = lambda pid: None,
) -> ChildEnd:
    """A child from its start to its end. However this ends, no process of it is left."""
    child = start(function, parameters, fork_server=fork_server, look=look)
    try:
        on_start(child.pid)
        for event in child.follow(look):
            on_event(event)
    finally:
        child.close()
    return child.end()

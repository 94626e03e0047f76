"""The supervisor's side of the fork server: its socket, and starting it when somebody knocks."""

from __future__ import annotations

import contextlib
import functools
import os
import select
import socket
import subprocess
import sys
import tempfile
import uuid
import zlib
from pathlib import Path

from django.conf import settings

from jobs.processes import node
from videomind.prctl import live_no_longer_than

LONGEST_SOCKET_PATH = 100


class ForkServerKeeper:
    """Owns the listening socket, so that a knock is never lost, whoever lives behind it."""

    def __init__(self) -> None:
        self.path = _socket_path()
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        before = os.umask(0o177)
        try:
            self._listener.bind(str(self.path))
        finally:
            os.umask(before)
        self._listener.listen(64)
        self._process: subprocess.Popen[bytes] | None = None

    def fileno(self) -> int:
        return self._listener.fileno()

    @property
    def is_awake(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process and self.is_awake else None

    def answer(self) -> bool:
        """Starts the fork server if somebody knocks and none is there."""
        if self.is_awake or not select.select([self._listener], [], [], 0)[0]:
            return False
        self._process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "jobs.processes.fork_server",
                str(self.fileno()),
                str(settings.NURSERY_IDLE_S),
                *settings.NURSERY_WARM_UP,
            ],
            pass_fds=[self.fileno()],
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=functools.partial(live_no_longer_than, os.getpid()),  # noqa: PLW1509  (no threads here)
            cwd=settings.BASE_DIR,
        )
        return True

    def close(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._listener.close()
        with contextlib.suppress(OSError):
            self.path.unlink()


def _socket_path() -> Path:
    """In DATA_DIR/run, unless that is longer than the kernel takes for a socket."""
    folder = Path(settings.DATA_DIR) / "run"
    if len(str(folder)) > LONGEST_SOCKET_PATH - 30:
        folder = Path(tempfile.gettempdir()) / f"videomind-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    # A host's own, for several may share the folder. No pid: in containers they are all the same.
    ours = f"forks-{zlib.crc32(node.host_name().encode()):08x}"
    for path in folder.glob(f"{ours}-*.sock"):
        _clear(path)
    return folder / f"{ours}-{uuid.uuid4().hex[:8]}.sock"


def _clear(path: Path) -> None:
    """What a killed supervisor left: nobody listens there any more."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as caller:
        try:
            caller.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()

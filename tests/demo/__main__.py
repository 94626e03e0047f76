"""`make demo`: VideoMind with a sample channel, no internet needed; Ctrl-C removes all of it."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from tests.demo.stage import Stage, open_stage

ROOT = Path(__file__).resolve().parent.parent.parent
# What a visitor should not have to wait for is made short; everything else is as in the product.
PACE = {"BACKOFF_BASE_S": "5", "LOG_LEVEL": "WARNING", "LANE_DOWNLOAD": "2"}
ADMIN = "demo"


def main() -> int:
    signal.signal(signal.SIGTERM, _stop)
    with _folder() as folder, open_stage() as stage:
        environment = _environment(folder, stage)
        password = secrets.token_urlsafe(9)
        _prepare(environment, password)
        with contextlib.suppress(KeyboardInterrupt):
            _play(environment, stage, password)
    print("  The demo is over; everything it made is removed.")
    return 0


def _stop(signum: int, frame: object) -> None:
    raise KeyboardInterrupt


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="videomind-demo-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _environment(folder: Path, stage: Stage) -> dict[str, str]:
    given = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
    port = os.environ.get("PORT") or str(_free_port())
    return {**given, **PACE, **stage.environment, "DATA_DIR": str(folder), "PORT": port}


def _free_port() -> int:
    """8000 as in the product, unless somebody has it."""
    with socket.socket() as probe:
        for wish in (8000, 0):
            with contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", wish))
                return int(probe.getsockname()[1])
    raise OSError("no free port")


def _prepare(environment: dict[str, str], password: str) -> None:
    _manage(environment, "migrate", "-v0")
    named = {"DJANGO_SUPERUSER_PASSWORD": password}
    address = ["--username", ADMIN, "--email", "demo@example.org"]
    _manage(environment | named, "createsuperuser", "--noinput", *address, "-v0")


def _manage(environment: dict[str, str], *arguments: str) -> str:
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(
        command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    return done.stdout


def _play(environment: dict[str, str], stage: Stage, password: str) -> None:
    token = _manage(environment, "create_token", "demo", "--scope", "admin").strip()
    product = subprocess.Popen([sys.executable, "manage.py", "up"], env=environment, cwd=ROOT)
    try:
        _await(int(environment["PORT"]), product)
        for handle in stage.channels:
            _manage(environment, "jobs", "add", "channel_download", "--channel-url", handle)
        _tell(environment["PORT"], password, token)
        threading.Thread(target=stage.heal_later, daemon=True).start()
        product.wait()
    finally:
        # Ctrl-C reaches the product too; both ways it ends by itself, and we see it out.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        if product.poll() is None:
            product.terminate()
        product.wait(timeout=60)


def _await(port: int, product: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and product.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    raise SystemExit("VideoMind did not start; its messages are above.")


def _tell(port: str, password: str, token: str) -> None:
    site = f"http://127.0.0.1:{port}"
    print(
        f"""
  The demo is running: two channels arrive from a small YouTube on this machine.

  watch     {site}/
  work      {site}/jobs/         some videos fail, each with its cause and what to do
  admin     {site}/admin/        user {ADMIN}, password {password}
  API       curl -H "Authorization: Bearer {token}" {site}/api/jobs

  The members-only video becomes public after a minute: retry it then, and it arrives.
  Ctrl-C ends the demo and removes everything it made.
""",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())

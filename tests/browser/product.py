"""The whole product as a visitor meets it: `manage.py up` beside a YouTube on loopback."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.processes import still_living, tree, until
from tests.youtube import LoopbackYouTube

ROOT = Path(__file__).resolve().parent.parent.parent
USER = "ada"


@dataclass
class Product:
    """A running site, its administrator and a token."""

    url: str
    password: str
    token: str
    environment: Mapping[str, str]
    youtube: LoopbackYouTube

    def get(self, path: str) -> Any:
        return self._send(urllib.request.Request(self.url + path))

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        request = urllib.request.Request(self.url + path, data=json.dumps(body).encode())
        request.add_header("Content-Type", "application/json")
        return self._send(request)

    def _send(self, request: urllib.request.Request) -> Any:
        request.add_header("Authorization", f"Bearer {self.token}")
        with urllib.request.urlopen(request, timeout=30) as response:
            return json.load(response)

    def until_ended(self, job_id: int, *, within_s: float = 60) -> dict[str, Any]:
        def ended() -> dict[str, Any] | None:
            job: dict[str, Any] = self.get(f"/api/jobs/{job_id}")
            return job if job["status"] in {"completed", "failed", "dead_letter"} else None

        return until(ended, within_s=within_s, what=f"the end of job {job_id}") or {}


@contextmanager
def running_product(youtube: LoopbackYouTube, **extra: str) -> Iterator[Product]:
    folder = Path(tempfile.mkdtemp(prefix="videomind-browser-"))
    port = _free_port()
    environment = {
        **{key: value for key, value in os.environ.items() if key != "DATABASE_URL"},
        **youtube.environment(),
        "DJANGO_SETTINGS_MODULE": "videomind.settings",
        "DATA_DIR": str(folder),
        "MEDIA_ROOT": str(folder / "media"),
        "LOG_DIR": str(folder / "logs"),
        "PORT": str(port),
        "WORKERS": "4",
        "LOG_LEVEL": "WARNING",
        "EXTRA_KINDS": "",
        **extra,
    }
    password = secrets.token_urlsafe(12)
    log = (folder / "up.log").open("wb")
    up = subprocess.Popen(
        [sys.executable, "manage.py", "up"],
        env=environment,
        cwd=ROOT,
        stdout=log,
        stderr=log,
        start_new_session=True,
    )
    try:
        until(lambda: _answers(port), within_s=60, what="the site's first answer")
        address = ["--username", USER, "--email", "ada@example.org"]
        _manage(
            environment | {"DJANGO_SUPERUSER_PASSWORD": password},
            *("createsuperuser", "--noinput", *address, "-v0"),
        )
        token = _manage(environment, "create_token", "tests", "--scope", "admin").strip()
        yield Product(f"http://127.0.0.1:{port}", password, token, environment, youtube)
    except BaseException:
        print((folder / "up.log").read_text()[-4000:])  # noqa: T201
        raise
    finally:
        members = tree(up.pid) if up.poll() is None else []
        up.terminate()
        up.wait(timeout=60)
        until(lambda: not still_living(members), within_s=20, what="the end of the product")
        log.close()
        shutil.rmtree(folder, ignore_errors=True)


def _manage(environment: Mapping[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        env=dict(environment),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as response:
            return bool(response.status == 200)
    except OSError:
        return False

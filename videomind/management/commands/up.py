"""`manage.py up`: migrates, prints the first administrator's link, runs web and workers."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, connections
from django.urls import reverse

from metadata.youtube.download.ffmpeg import describe_ffmpeg
from videomind.accounts import setup
from videomind.launcher.up import STOPS
from videomind.version import VERSION

THREADS = 16


class Command(BaseCommand):
    help = "Runs the site and the workers together, until SIGTERM or Ctrl-C."

    def handle(self, *args: Any, **options: Any) -> None:
        refuse_taken_port(settings.HOST, settings.PORT)
        self.say(f"VideoMind {VERSION}")
        try:
            link = self.prepare()
        except OperationalError as error:
            raise CommandError(f"The database does not answer: {error}") from error
        self.tell(link)
        connections.close_all()
        become_the_keeper()

    def prepare(self) -> str:
        """Migrates; the first administrator's link where there is none yet."""
        with one_at_a_time(Path(settings.DATA_DIR) / "migrate.lock"):
            call_command("migrate", interactive=False, verbosity=0)
            return "" if setup.administrator_exists() else self.new_link()

    def say(self, text: str) -> None:
        self.stdout.write(f"  {text}")
        self.stdout.flush()

    def tell(self, link: str) -> None:
        self.say(f"data     {settings.DATA_DIR}")
        self.say(f"ffmpeg   {ffmpeg_in_words()}")
        self.say(f"web      {url()}  ({THREADS} threads)")
        self.say(f"workers  {settings.WORKERS} processes; each job's log is in {job_logs()}")
        if link:
            self.say("")
            self.say("There is no administrator yet. This link makes one, and works once:")
            self.say(link)
            self.say("")

    def new_link(self) -> str:
        return url() + reverse("setup", args=[setup.new_link()])


def refuse_taken_port(host: str, port: int) -> None:
    """Before anything is started or changed."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        raise CommandError(
            f"Port {port} on {host} cannot be used ({error.strerror}): stop what uses it, or set"
            " PORT to another one."
        ) from error


@contextmanager
def one_at_a_time(path: Path) -> Iterator[None]:
    """Two starts at once migrate one after the other."""
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def ffmpeg_in_words() -> str:
    found = describe_ffmpeg(settings.FFMPEG)
    if found is None:
        return "none found: downloads will fail until ffmpeg is installed or FFMPEG names one"
    return f"{found.version}, {found.origin} ({found.path})"


def url() -> str:
    host = "127.0.0.1" if settings.HOST in {"0.0.0.0", "::", ""} else settings.HOST  # noqa: S104
    return f"http://{bracketed(host)}:{settings.PORT}"


def bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def job_logs() -> Path:
    return Path(settings.LOG_DIR) / "jobs"


def web() -> list[str]:
    return [
        sys.executable, "-m", "gunicorn", "videomind.wsgi",
        "--bind", f"{bracketed(settings.HOST)}:{settings.PORT}",
        "--worker-class", "gthread", "--workers", "1", "--threads", str(THREADS),
        "--graceful-timeout", str(int(settings.GRACEFUL_TIMEOUT)),
        "--log-level", "warning", "--no-control-socket",
    ]  # fmt: skip


def workers() -> list[str]:
    return [sys.executable, str(settings.BASE_DIR / "manage.py"), "qcluster"]


def become_the_keeper() -> None:
    """This process becomes the small one that watches: same pid, none of Django's memory."""
    host = "127.0.0.1" if settings.HOST == "0.0.0.0" else settings.HOST  # noqa: S104
    plan = {
        "programs": {"web": web(), "workers": workers()},
        "grace_s": settings.GRACEFUL_TIMEOUT + 5,
        "address": [host, settings.PORT],
        "ready_line": f"ready    {url()}  (Ctrl-C stops)",
    }
    sys.stdout.flush()
    os.chdir(settings.BASE_DIR)
    # Handlers do not live through an exec, blocked signals do: the keeper hears them.
    signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
    os.execv(sys.executable, [sys.executable, "-m", "videomind.launcher.up", json.dumps(plan)])  # noqa: S606

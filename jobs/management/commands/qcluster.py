"""`manage.py qcluster`: the workers of this host, under our supervisor."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from jobs.supervisor import Supervisor


class Command(BaseCommand):
    help = "Runs the workers until SIGTERM or Ctrl-C; a second signal stops at once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--workers", type=int, help="Worker processes (setting WORKERS).")

    def handle(self, *args: Any, **options: Any) -> None:
        supervisor = Supervisor()
        if options["workers"]:
            supervisor.workers = options["workers"]
        sys.exit(supervisor.run())

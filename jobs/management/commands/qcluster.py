"""`manage.py qcluster`: the workers of this host, under our supervisor."""

from __future__ import annotations

import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import ProgrammingError

from jobs.models import Node
from jobs.supervisor.host_conflict import HostConflict
from jobs.supervisor.supervisor import supervise
from videomind.database.outages import AWAY, on_one_line


class Command(BaseCommand):
    help = "Runs the workers until SIGTERM or Ctrl-C; a second signal stops at once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--workers", type=int, help="Worker processes (setting WORKERS).")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            # Before anything is started: once at work the supervisor outlives an outage.
            Node.objects.exists()
            sys.exit(supervise(options["workers"] or settings.WORKERS))
        except HostConflict as error:
            raise CommandError(str(error)) from error
        except (*AWAY, ProgrammingError) as error:
            raise CommandError(f"The database cannot be used: {on_one_line(error)}") from error

"""`manage.py cleanup_stuck_jobs`: ends what hangs, and says what was and what is."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from jobs.cli.errors import database_answers
from jobs.operations.reset_stuck import Cleanup, Report, State


class Command(BaseCommand):
    help = (
        "Ends stuck and zombie jobs, sends each through its retry policy, and reports before and"
        " after: how many hang, how many failed, and of what."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Only say what hangs.")
        parser.add_argument("--json", action="store_true", help="One JSON document on stdout.")

    def handle(self, *args: Any, **options: Any) -> None:
        with database_answers():
            report = Cleanup(dry_run=options["dry_run"]).run()
        if options["json"]:
            self.stdout.write(json.dumps(report))
        else:
            self._say(report)

    def _say(self, report: Report) -> None:
        self._say_state("Before", report["before"])
        if report["dry_run"]:
            self.stdout.write(f"{report['found']} would be reset (dry run).")
            return
        self.stdout.write(f"{report['reset']} of {report['found']} reset.")
        self._say_state("After", report["after"])
        for pattern in report["after"]["patterns"]:
            verdict = "retryable" if pattern["retryable"] else "permanent"
            self.stdout.write(
                f"  {pattern['count']:>4} × {pattern['failure_code']} ({verdict}):"
                f" {pattern['message']}"
            )

    def _say_state(self, when: str, state: State) -> None:
        self.stdout.write(
            f"{when}: {state['stuck']} stuck, {state['failed']} failed"
            f" ({state['retryable']} retryable, {state['permanent']} permanent)."
        )

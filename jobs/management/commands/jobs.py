"""`manage.py jobs add|list|show|logs|cancel|retry|status`: the queue from a terminal."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError, CommandParser

from jobs import queue
from jobs.api.payloads import job_detail, job_payloads
from jobs.cli import options, tables
from jobs.cli.errors import database_answers
from jobs.kinds import kinds
from jobs.logs import reader, streams
from jobs.logs.redaction import printable
from jobs.models import Job
from jobs.monitoring.explanation import Explanation, explain_job
from jobs.queue import refusals
from jobs.states import Status
from videomind.http.times import as_text

LONGEST_LIST: Final = 10_000
SHOWN: Final = (
    "id", "job_type", "status", "title", "parameters", "priority", "requested_by", "created_at",
    "started_at", "completed_at", "run_at", "next_retry_at", "retry_count", "max_retries",
    "failure_code", "error_message", "parent_job_id", "log_file_path",
)  # fmt: skip


class Command(BaseCommand):
    help = "Adds jobs, looks at them, cancels and retries them."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        add = actions.add_parser("add", help="Start a job; `jobs add JOB_TYPE --help` says how.")
        add.add_argument("--json", action="store_true", help="One JSON document on stdout.")
        add.add_argument("job_type", metavar="JOB_TYPE", help=", ".join(sorted(kinds())))
        add.add_argument("rest", nargs=argparse.REMAINDER, metavar="--PARAMETER VALUE …")
        self._of_list(actions.add_parser("list", help="The newest jobs."))
        self._of_logs(_with_id(actions.add_parser("logs", help="What a job wrote.")))
        _with_id(actions.add_parser("show", help="One job with its attempts."))
        _with_id(actions.add_parser("cancel", help="Stop a job."))
        _with_id(actions.add_parser("retry", help="Start a failed or cancelled job again."))
        _with_json(actions.add_parser("status", help="Counts, lanes and workers."))

    def _of_list(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--status", action="append", choices=Status.values)
        parser.add_argument("--type", action="append", choices=sorted(kinds()))
        parser.add_argument("--limit", type=int, default=50)
        _with_json(parser)

    def _of_logs(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--stream", choices=streams.STREAMS, default="job")
        parser.add_argument("--attempt", type=int, help="Default: the last one.")

    def handle(self, *args: Any, **given: Any) -> None:
        with database_answers(), refusals_told():
            getattr(self, f"do_{given['action']}")(given)

    # --- the actions -----------------------------------------------------------------------------

    def do_add(self, given: dict[str, Any]) -> None:
        kind = queue.kind_or_refuse(given["job_type"])
        at_a_shell = getattr(self, "_called_from_command_line", False)
        asked = options.read(kind, given["rest"], at_a_shell=at_a_shell)
        wanted = queue.Options(requested_by="command line", **asked.wishes)
        done = queue.submit(kind.job_type, asked.parameters, options=wanted)
        title = printable(done.job.title)
        said = f"is in the queue: {title}" if done.created else f"already does this: {title}"
        self._tell(done.job, said, as_json=asked.as_json or given["json"])

    def do_list(self, given: dict[str, Any]) -> None:
        if not 1 <= given["limit"] <= LONGEST_LIST:
            raise CommandError(f"--limit takes 1 to {LONGEST_LIST}.", returncode=options.USAGE)
        rows = Job.objects.defer("last_error_traceback")
        if given["status"]:
            rows = rows.filter(status__in=given["status"])
        if given["type"]:
            rows = rows.filter(job_type__in=given["type"])
        found = job_payloads(rows[: given["limit"]])
        if given["json"]:
            self._document({"items": found, "next": None})
        else:
            tables.write(self.stdout, tables.of_jobs(found))

    def do_show(self, given: dict[str, Any]) -> None:
        job = find(given["id"])
        payload = job_detail(job)
        if given["json"]:
            self._document(payload)
            return
        for name, value in payload.items():
            if name in SHOWN and value not in (None, ""):
                self.stdout.write(f"{name:<16} {tables.cell(value)}")
        self._write_explanation(explain_job(job, payload["children"]))
        tables.write(self.stdout, tables.of_attempts(job.attempts.all()))

    def do_logs(self, given: dict[str, Any]) -> None:
        job = find(given["id"])
        attempt: int = given["attempt"] or max(1, job.attempt_number)
        stream: streams.Stream = given["stream"]
        whole = reader.size_of(job.log_folder, attempt, stream)
        text = reader.read_tail(job.log_folder, attempt, stream, size=whole)
        if given["json"]:
            self._document({"id": job.pk, "stream": stream, "attempt": attempt, "text": text})
        elif text:
            self.stdout.write(text, ending="")
        else:
            self.stderr.write(f"Attempt {attempt} of job {job.pk} wrote nothing to {stream}.")

    def do_cancel(self, given: dict[str, Any]) -> None:
        job = queue.cancel(find(given["id"]))
        said = "is being stopped" if job.is_active else "is cancelled"
        self._tell(job, said, as_json=given["json"])

    def do_retry(self, given: dict[str, Any]) -> None:
        job = queue.retry(find(given["id"]))
        self._tell(job, f"is {job.status} again", as_json=given["json"])

    def do_status(self, given: dict[str, Any]) -> None:
        found = tables.state_of_the_queue()
        if given["json"]:
            self._document(found)
            return
        counts = [{"status": name, "jobs": count} for name, count in found["jobs"].items()]
        nodes = ["name", "workers", "heartbeat_at", "draining", "silent"]
        tables.write(self.stdout, tables.of_rows(counts, ["status", "jobs"]))
        tables.write(self.stdout, tables.of_lanes(found["lanes"]))
        tables.write(self.stdout, tables.of_rows(found["nodes"], nodes))

    # --- what is said ----------------------------------------------------------------------------

    def _tell(self, job: Job, said: str, *, as_json: bool) -> None:
        if as_json:
            self._document(job_detail(job))
        else:
            self.stdout.write(f"Job {job.pk} {said}.")

    def _write_explanation(self, told: Explanation) -> None:
        """What the console says: where it stands, why, and what happens next."""
        due = f" {as_text(told.due_at)}" if told.due_at else ""
        lines = {"now": told.now, "why": told.why, "next": told.then + due}
        for name, text in lines.items():
            if text:
                self.stdout.write(f"{name:<16} {tables.cell(text)}")

    def _document(self, found: Any) -> None:
        self.stdout.write(json.dumps(found, ensure_ascii=False))


def _with_id(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument("id", type=int, metavar="ID")
    return _with_json(parser)


def _with_json(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument("--json", action="store_true", help="One JSON document on stdout.")
    return parser


def find(job_id: int) -> Job:
    job = Job.objects.filter(pk=job_id).first()
    if job is None:
        raise CommandError(f"There is no job {job_id}.", returncode=options.USAGE)
    return job


@contextmanager
def refusals_told() -> Iterator[None]:
    """What is asked wrongly is a sentence and 2; what the queue cannot do now, a sentence and 1."""
    try:
        yield
    except refusals.InvalidJob as refused:
        raise CommandError(str(refused), returncode=options.USAGE) from refused
    except refusals.Refused as refused:
        raise CommandError(str(refused), returncode=1) from refused

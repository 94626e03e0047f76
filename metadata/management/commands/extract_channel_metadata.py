"""`manage.py extract_channel_metadata URL [URL…]`: what YouTube knows, at once."""

from __future__ import annotations

import argparse
import json
import time
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError, CommandParser

from jobs.cli.errors import database_answers
from jobs.logs.redaction import printable
from jobs.processes import child_process
from jobs.processes.child_process import Event
from jobs.results import Failed
from metadata.cookies import CookiesMissing
from metadata.extraction import DEFAULT_TIMEOUT_S, Extraction, Wish
from metadata.store.counts import Counts, sentence, summary
from metadata.youtube.sources import Source, SourceRefused, parse_source

SAY_EVERY: Final = 50
FAILED, USAGE, PARTLY_FAILED, INTERRUPTED = 1, 2, 3, 130


class Command(BaseCommand):
    help = "Lists channels, playlists or videos of YouTube and stores what is known of each video."

    def add_arguments(self, parser: CommandParser) -> None:
        add = parser.add_argument
        add("urls", nargs="+", metavar="URL", help="A channel, playlist or video of YouTube.")
        add("--full", action="store_true", help="Visit each video: slow, but everything.")
        add("--max-entries", type=_count, metavar="N", help="Of each URL, the first N videos.")
        add("--timeout", type=_seconds, default=DEFAULT_TIMEOUT_S, metavar="SECONDS",
            help="Give up a URL after so long without a new entry (300).")  # fmt: skip
        add("--dry-run", action="store_true", help="Show a sample, write nothing.")
        add("--json", action="store_true", help="One JSON document on stdout.")

    def handle(self, *args: Any, **given: Any) -> None:
        began = time.monotonic()
        sources = list(dict.fromkeys(_source(url) for url in given["urls"]))
        with database_answers():
            done = [self._extract(source, given) for source in sources]
        counts = sum((run.counts for run, _ in done), Counts())
        said = summary(counts, seconds=time.monotonic() - began)
        if given["json"]:
            each = [_document(run, failed) for run, failed in done]
            self.stdout.write(json.dumps({**said, "dry_run": given["dry_run"], "sources": each}))
        else:
            self._tell(done, dry_run=given["dry_run"])
            if len(done) > 1:
                self.stdout.write(f"All: {sentence(said)}")
        if status := _status(counts, done):
            raise SystemExit(status)

    def _extract(self, source: Source, given: dict[str, Any]) -> Done:
        wish = Wish(
            source,
            full=given["full"],
            force=True,
            max_entries=given["max_entries"],
            timeout_s=given["timeout"],
            dry_run=given["dry_run"],
        )
        run = Extraction(wish)
        failed = self._run(run)
        if failed is not None:
            self.stderr.write(f"{source.url}: {printable(failed.message)} ({failed.code})")
        return run, failed

    def _run(self, run: Extraction) -> Failed | None:
        try:
            end = child_process.run(
                run.function,
                run.parameters(),
                fork_server=None,
                look=lambda: None,
                on_event=lambda event: self._take(run, event),
            )
        except CookiesMissing as missing:
            return run.fail(Failed(missing.code, str(missing)))
        except KeyboardInterrupt:
            self.stderr.write(f"Stopped after {run.done} videos; these are stored.")
            raise SystemExit(INTERRUPTED) from None
        return run.finish(end)

    def _take(self, run: Extraction, event: Event) -> None:
        before = run.done
        run.take(event)
        if run.done // SAY_EVERY > before // SAY_EVERY:
            said = run.summary()
            self.stderr.write(f"{run.done} videos, {said['errors']} errors, {said['seconds']} s")
        if event.get("event") == "entry_error" and run.entry_errors:
            last = run.entry_errors[-1]
            self.stderr.write(f"{last['id']}: {printable(last['message'])} ({last['code']})")

    def _tell(self, done: list[Done], *, dry_run: bool) -> None:
        for run, _ in done:
            self.stdout.write(f"{run.wish.source.url}: {sentence(run.summary())}")
            for info in run.sample if dry_run else ():
                self.stdout.write(f"  {info['id']}  {printable(str(info.get('title') or ''))}")
        if dry_run:
            self.stdout.write("A dry run: nothing was written.")


Done = tuple[Extraction, Failed | None]


def _document(run: Extraction, failed: Failed | None) -> dict[str, Any]:
    source = run.wish.source
    return {
        "url": source.url,
        "kind": source.kind,
        "id": source.id,
        "title": run.about.get("title"),
        **run.summary(),
        "failure": {"code": failed.code, "message": failed.message} if failed else None,
        "entry_errors": run.entry_errors,
        "sample": run.sample if run.wish.dry_run else [],
    }


def _status(counts: Counts, done: list[Done]) -> int:
    if not counts.errors and all(failed is None for _, failed in done):
        return 0
    return PARTLY_FAILED if counts.succeeded else FAILED


def _source(url: str) -> Source:
    try:
        return parse_source(url)
    except SourceRefused as refused:
        raise CommandError(str(refused), returncode=USAGE) from refused


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:10]) <= 1_000_000):
        raise argparse.ArgumentTypeError("1 to 1000000 is accepted.")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= 86_400:
        raise argparse.ArgumentTypeError("a number of seconds up to 86400 is accepted.")
    return seconds

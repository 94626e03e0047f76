"""The metadata app's jobs."""

from __future__ import annotations

from jobs.execution.attempt import Work
from jobs.processes.child_process import Event
from jobs.results import Completed, Failed, Result
from metadata.cookies import CookiesMissing
from metadata.extraction import Extraction, Wish, source_of
from metadata.store.counts import sentence


def extract_metadata(work: Work) -> Result:
    """`metadata_extraction`: a source's videos into rows; failed entries are counted."""
    asked = work.parameters
    wish = Wish(
        source=source_of(asked),
        full=asked.get("extract_type") == "full",
        force=bool(asked.get("force_update")),
        max_entries=asked.get("max_entries"),
    )
    run = Extraction(wish, save=work.fenced)
    try:
        parameters = run.parameters()
    except CookiesMissing as missing:
        return Failed(missing.code, str(missing))
    end = work.run_child(run.function, parameters, lambda event: _take(work, run, event))
    work.ytdlp_version = str((end.result or {}).get("ytdlp_version", ""))
    if failed := run.finish(end):
        return failed
    said = run.summary()
    result = {**said, "entry_errors": run.entry_errors, "fields": dict(run.counts.fields)}
    return Completed(sentence(said), result)


def _take(work: Work, run: Extraction, event: Event) -> None:
    run.take(event)
    if event["event"] == "entry_error":
        last = run.entry_errors[-1]
        work.say(f"{last['id']}: {last['message']}")
    # A full run's own progress says more: it knows how many videos are still to be visited.
    if not run.wish.full:
        work.progress(run.done, run.wish.max_entries, f"{run.done} videos")

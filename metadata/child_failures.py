"""How a child's end becomes a failure of its job."""

from __future__ import annotations

from typing import cast

from django.utils import timezone

from jobs.processes.child_process import ChildEnd
from jobs.results import Failed
from metadata.youtube.errors.classify import YtdlpError, classify


def failure_of(end: ChildEnd) -> Failed | None:
    """None when the child answered."""
    if end.result is not None:
        return None
    if end.error is not None:
        return described(cast(YtdlpError, end.error))
    if end.crash:
        last_line = end.crash.strip().rpartition("\n")[2]
        return Failed("internal_error", last_line, traceback=end.crash, exit_code=end.exit_code)
    return Failed(
        "child_killed",
        "The child process ended without an answer.",
        exit_code=end.exit_code,
        signal=end.signal,
    )


def described(error: YtdlpError) -> Failed:
    """What yt-dlp said, by its code."""
    verdict = classify(error)
    hint = verdict.release_at_hint
    release_at = timezone.now() + hint if hint else None
    return Failed(verdict.code, verdict.sentence, release_at=release_at)

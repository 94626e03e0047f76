"""How what a child tells, or how it ends, becomes one classified failure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, cast

from jobs.processes.child_process import ChildEnd
from jobs.results import Failed
from metadata.youtube.errors.classify import Verdict, YtdlpError, classify

Judge = Callable[[YtdlpError], Verdict]


def failure_of(end: ChildEnd, *, at: datetime, judge: Judge = classify) -> Failed:
    """For a child that gave no result. `judge` may know more of an error than yt-dlp says."""
    failed = _said(end, at=at, judge=judge)
    return replace(failed, exit_code=end.exit_code, signal=end.signal)


def _said(end: ChildEnd, *, at: datetime, judge: Judge) -> Failed:
    if end.error is not None:
        return described(end.error, at=at, judge=judge)
    if end.crash:
        last_line = end.crash.strip().rpartition("\n")[2]
        return Failed("internal_error", last_line, traceback=end.crash)
    how = f"signal {end.signal}" if end.signal else f"exit status {end.exit_code}"
    return Failed("child_killed", f"The child process ended without a word ({how}).")


def described(error: Mapping[str, Any], *, at: datetime, judge: Judge = classify) -> Failed:
    """An error that the child has told: by its own code, or what yt-dlp said, by its."""
    if "code" in error:
        return Failed(str(error["code"]), str(error["message"]))
    verdict = judge(cast("YtdlpError", error))
    hint = verdict.release_at_hint
    release_at = None if hint is None else at + hint
    return Failed(verdict.code, verdict.sentence, release_at=release_at)

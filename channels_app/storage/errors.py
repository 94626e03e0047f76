"""How a child's end, or an error of the disk, becomes one classified failure."""

from __future__ import annotations

from datetime import datetime, timedelta
from errno import ENOENT
from pathlib import Path
from typing import Any, Final, cast

from django.conf import settings
from django.utils import timezone

from jobs.processes.child_process import ChildEnd
from jobs.results import Failed
from metadata.youtube.errors.classify import FFMPEG_FAILED, Verdict, YtdlpError, classify, describe
from metadata.youtube.errors.messages import WRITING_ERRNOS

# The codes of what no table knows better: there the number of an error in the library decides.
_SAYS_LITTLE: Final = frozenset({"unknown", FFMPEG_FAILED})


def of_child(end: ChildEnd) -> Failed:
    """For a child that gave no result."""
    if end.error is not None:
        return _of_error(end, end.error)
    if end.crash:
        last = end.crash.strip().splitlines()[-1]
        return Failed("internal_error", last, traceback=end.crash, exit_code=end.exit_code)
    said = f"signal {end.signal}" if end.signal else f"exit status {end.exit_code}"
    return Failed(
        "child_killed",
        f"The child process ended without a word ({said}).",
        exit_code=end.exit_code,
        signal=end.signal,
    )


def _of_error(end: ChildEnd, error: dict[str, Any]) -> Failed:
    if "code" in error:
        return Failed(str(error["code"]), str(error["message"]), exit_code=end.exit_code)
    told = cast("YtdlpError", error)
    verdict = classify(told)
    path = told.get("path", "")
    if verdict.code in _SAYS_LITTLE and path and _is_in_library(path):
        verdict = _in_library(verdict, told["errno"] or 0, path)
    return Failed(
        verdict.code,
        verdict.sentence,
        release_at=_from_now(verdict.release_at_hint),
        exit_code=end.exit_code,
    )


def _from_now(hint: timedelta | None) -> datetime | None:
    return timezone.now() + hint if hint is not None else None


def of_disk(error: OSError) -> Failed:
    """For what the worker itself met. In the library an error number tells more than elsewhere."""
    verdict = classify(describe(error, [], "postprocess"))
    names = [str(name) for name in (error.filename, error.filename2) if name is not None]
    # Writing and syncing name nothing.
    if not names or any(map(_is_in_library, names)):
        verdict = _in_library(verdict, error.errno or 0, names[0] if names else "")
    return Failed(verdict.code, verdict.sentence)


def _is_in_library(name: str) -> bool:
    return Path(name).is_relative_to(settings.MEDIA_ROOT)


def _in_library(verdict: Verdict, number: int, path: str) -> Verdict:
    """Nothing of ours vanishes there by itself, so what is missing was away with its disk."""
    code = WRITING_ERRNOS.get(number, verdict.code)
    if number == ENOENT and path:
        return Verdict(code, f"{path} was not there: was the disk taken away?")
    return Verdict(code, verdict.sentence)

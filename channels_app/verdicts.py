"""How a child's end, or an error of the disk, becomes one classified failure."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

from django.conf import settings
from django.utils import timezone

from jobs.outcomes import Failed
from jobs.process import ChildEnd
from metadata.youtube.errors import YtdlpError, classify, describe
from metadata.youtube.messages import WRITING_ERRNOS


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
    verdict = classify(cast("YtdlpError", error))
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
    code = WRITING_ERRNOS.get(error.errno or 0) if _is_of_library(error) else None
    return Failed(code or verdict.code, verdict.sentence)


def _is_of_library(error: OSError) -> bool:
    """Whether it names a place there, or none: writing and syncing name nothing."""
    names = [str(name) for name in (error.filename, error.filename2) if name is not None]
    return not names or any(Path(name).is_relative_to(settings.MEDIA_ROOT) for name in names)

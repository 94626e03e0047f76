"""What an error's number tells of the library's disk, met by a child or by the worker itself."""

from __future__ import annotations

from errno import ENOENT
from pathlib import Path
from typing import Final

from django.conf import settings
from django.utils import timezone

from jobs.processes.child_process import ChildEnd
from jobs.results import Failed
from metadata.child_failures import failure_of
from metadata.youtube.errors.classify import FFMPEG_FAILED, Verdict, YtdlpError, classify, describe
from metadata.youtube.errors.messages import WRITING_ERRNOS

# The codes of what no table knows better: there the number of an error in the library decides.
_SAYS_LITTLE: Final = frozenset({"unknown", FFMPEG_FAILED})


def of_child(end: ChildEnd) -> Failed:
    """For a child that gave no result."""
    return failure_of(end, at=timezone.now(), judge=_judge)


def _judge(error: YtdlpError) -> Verdict:
    verdict, path = classify(error), error.get("path", "")
    if verdict.code in _SAYS_LITTLE and path and _is_in_library(path):
        return _in_library(verdict, error["errno"] or 0, path)
    return verdict


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

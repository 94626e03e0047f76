"""Runs in a child process: the real yt-dlp's Python API, a JSON task a line in, an outcome out."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

from yt_dlp import YoutubeDL


class Recorder:
    def __init__(self) -> None:
        self.warnings: list[str] = []

    def debug(self, message: str) -> None:
        """Ordinary output is of no interest."""

    def warning(self, message: str) -> None:
        self.warnings.append(message)

    def error(self, message: str) -> None:
        """Errors come as exceptions."""


def main() -> None:
    for line in sys.stdin:
        sys.stdout.write(json.dumps(outcome_of(json.loads(line))) + "\n")
        sys.stdout.flush()


def outcome_of(task: dict[str, Any]) -> dict[str, Any]:
    recorder = Recorder()
    options = {"quiet": True, "noprogress": True, "color": "never", "logger": recorder}
    outcome: dict[str, Any] = {"error": None, "raised": [], "warnings": recorder.warnings}
    try:
        with YoutubeDL(options | task["options"]) as ydl:
            found = ydl.extract_info(task["url"], download=task["download"])
            info = ydl.sanitize_info(found) or {}
    except Exception as error:
        return outcome | {"error": str(error), "raised": list(names_behind(error))}
    if info.get("_type") == "playlist":
        entries = list(flattened(info))
        return outcome | {"entries": entries, "info": {k: info[k] for k in info if k != "entries"}}
    return outcome | {"info": info}


def names_behind(error: BaseException) -> Iterator[str]:
    """The class of the exception, and of the one that yt-dlp wrapped."""
    yield type(error).__name__
    inner = (getattr(error, "exc_info", None) or (None, None))[1]
    if inner is not None:
        yield type(inner).__name__


def flattened(info: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for entry in info["entries"]:
        if entry.get("_type") == "playlist":
            yield from flattened(entry)
        else:
            yield entry


if __name__ == "__main__":
    main()

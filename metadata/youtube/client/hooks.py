"""What yt-dlp calls while it works: our logger, and the progress of a download."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any, Final

from jobs.processes.child import Events

PAUSE_S: Final = 0.5
# Of ffmpeg's words when it fails; before them it describes every stream and counts the frames.
LAST_LINES: Final = 20


@dataclass
class Listener:
    """yt-dlp's `logger`: every line goes to the job's log, and warnings are kept.

    They matter: an error about formats is often a refusal that was only a warning.
    """

    events: Events
    warnings: list[str] = field(default_factory=list)

    def debug(self, message: str) -> None:
        self.events.log(message, stream="stdout")

    info = debug

    def warning(self, message: str, *, once: bool = False, only_once: bool = False) -> None:
        self.warnings.append(message)
        self.events.log(f"WARNING: {message}", stream="stderr")

    def ffmpeg_failed(self, words: str) -> None:
        """What it said last; the error that follows has only the very last line."""
        lines = words.strip().splitlines()[-LAST_LINES:]
        self.warnings += lines
        self.events.log("\n".join(lines), stream="stderr")

    def error(self, message: str) -> None:
        self.events.log(message, stream="stderr")


@dataclass
class ProgressHook:
    """A progress hook: bytes of all the video's files together, at most twice a second."""

    events: Events
    finished: dict[str, int] = field(default_factory=dict)
    told_at: float = 0.0
    over: bool = False
    """Captions come through the same downloader; they are no progress of the video."""

    def __call__(self, status: dict[str, Any]) -> None:
        if self.over:
            return
        file = str(status.get("filename"))
        here = int(status.get("downloaded_bytes") or 0)
        ended = status.get("status") == "finished"
        if ended:
            self.finished[file] = here = int(status.get("total_bytes") or here)
        elif time.monotonic() - self.told_at < PAUSE_S:
            return
        self.told_at = time.monotonic()
        before = sum(size for name, size in self.finished.items() if name != file)
        self.events.progress(
            before + here,
            _total(status, before),
            speed=status.get("speed"),
            left_s=status.get("eta"),
        )


def _total(status: dict[str, Any], before: int) -> int | None:
    """All files of the video when their sizes are told beforehand, else what is known by now."""
    formats = (status.get("info_dict") or {}).get("requested_formats") or []
    sizes = [each.get("filesize") or each.get("filesize_approx") for each in formats]
    this = status.get("total_bytes") or status.get("total_bytes_estimate")
    known = before + int(this) if this else None
    return max(sum(map(int, sizes)), known or 0) if sizes and all(sizes) else known

"""The five files of an attempt, and where they stand."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal, get_args

Stream = Literal["job", "stdout", "stderr", "progress", "summary"]
STREAMS: Final[tuple[Stream, ...]] = get_args(Stream)


def file_name(stream: Stream) -> str:
    return "summary.txt" if stream == "summary" else f"{stream}.log"


def attempt_folder(job_folder: Path, attempt: int) -> Path:
    return job_folder if attempt <= 1 else job_folder / f"attempt_{attempt}"

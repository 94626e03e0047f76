"""Every way in which a child ends without a result, and the failure that it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from jobs.processes.child_process import ChildEnd
from jobs.results import Failed
from metadata.child_failures import described, failure_of
from metadata.youtube.errors.classify import Verdict, YtdlpError

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
CRASH = "Traceback (most recent call last):\n  File …\nKeyError: 'id'\n"


def told(message: str, **more: Any) -> dict[str, Any]:
    """What the child tells of an exception of yt-dlp's."""
    return {
        "exception": "DownloadError",
        "inner": ["ExtractorError"],
        "message": message,
        "warnings": [],
        "http_status": None,
        "errno": None,
        "stage": "extract",
    } | more


PREMIERE = told("ERROR: [youtube] dQw4w9WgXcQ: Premieres in 2 hours")
PREMIERE_SAID = "Premieres in 2 hours"

ENDS = {
    "crash": (
        ChildEnd(crash=CRASH, exit_code=1),
        Failed("internal_error", "KeyError: 'id'", traceback=CRASH, exit_code=1),
    ),
    "signal": (
        ChildEnd(signal=9),
        Failed("child_killed", "The child process ended without a word (signal 9).", signal=9),
    ),
    "exit status": (
        ChildEnd(exit_code=3),
        Failed(
            "child_killed", "The child process ended without a word (exit status 3).", exit_code=3
        ),
    ),
    "nothing known": (
        ChildEnd(),
        Failed("child_killed", "The child process ended without a word (exit status None)."),
    ),
    "a code of our own": (
        ChildEnd(error={"code": "short_media", "message": "10 s of 60 s"}, exit_code=0),
        Failed("short_media", "10 s of 60 s", exit_code=0),
    ),
    "yt-dlp's words": (
        ChildEnd(error=told("ERROR: [youtube] dQw4w9WgXcQ: Private video"), exit_code=0),
        Failed("video_private", "Private video", exit_code=0),
    ),
    "an announced time": (
        ChildEnd(error=PREMIERE, exit_code=0),
        Failed("premiere", PREMIERE_SAID, release_at=AT + timedelta(hours=2), exit_code=0),
    ),
    "told, and killed afterwards": (
        ChildEnd(error=PREMIERE, signal=15),
        Failed("premiere", PREMIERE_SAID, release_at=AT + timedelta(hours=2), signal=15),
    ),
    "told, and crashed afterwards": (
        ChildEnd(error={"code": "short_media", "message": "…"}, crash=CRASH, exit_code=1),
        Failed("short_media", "…", exit_code=1),
    ),
}


@pytest.mark.parametrize(("end", "failed"), ENDS.values(), ids=ENDS)
def test_each_end_is_its_failure(end: ChildEnd, failed: Failed) -> None:
    assert failure_of(end, at=AT) == failed


def test_an_entrys_error_is_judged_like_a_childs() -> None:
    assert described(PREMIERE, at=AT) == Failed(
        "premiere", PREMIERE_SAID, release_at=AT + timedelta(hours=2)
    )


def test_who_knows_more_of_an_error_judges_it() -> None:
    def judge(error: YtdlpError) -> Verdict:
        return Verdict("disk_full", error["message"], timedelta(0))

    end = ChildEnd(error=told("…"), exit_code=0)
    assert failure_of(end, at=AT, judge=judge) == Failed(
        "disk_full", "…", release_at=AT, exit_code=0
    )

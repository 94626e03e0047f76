"""How far a job has come is kept as values; the sentence is made of them."""

from __future__ import annotations

from typing import Any

import pytest

from jobs.models import Job
from jobs.progress import Progress

ALL = Progress(1_200_000, 34_500_000, speed=5_100_000, left_s=7)


@pytest.mark.parametrize(
    ("progress", "says"),
    [
        (ALL, "1.2 of 34.5 MB at 5.1 MB/s, 7 s left"),
        (Progress(1_200_000), "1.2 MB"),
        (Progress(1_200_000, speed=5_100_000), "1.2 MB at 5.1 MB/s"),
        (Progress(0, 34_500_000), "0.0 of 34.5 MB"),
        (Progress(12, 37, "12 of 37, 1 failed"), "12 of 37, 1 failed"),
        (Progress(), ""),
    ],
)
def test_progress_is_a_sentence(progress: Progress, says: str) -> None:
    assert progress.sentence == says


def test_amount_and_speed_are_said_apart() -> None:
    assert (ALL.amount, ALL.speed_text) == ("1.2 of 34.5 MB", "5.1 MB/s")
    assert (Progress(3, 9, "Meet me at 5").amount, Progress().speed_text) == ("Meet me at 5", "")


def test_a_jobs_row_holds_all_of_it() -> None:
    assert Job(**ALL.columns()).progress == ALL


@pytest.mark.parametrize(
    ("event", "means"),
    [
        (
            {"current": 3, "total": 9, "message": "m" * 400, "speed": None, "left_s": None},
            Progress(3, 9, "m" * 300),
        ),
        ({"current": 3, "total": 9.0, "speed": 1.6, "left_s": 7.2}, Progress(3, 9, "", 2, 7)),
        ({"current": None, "total": 0, "speed": 0.0, "left_s": 0}, Progress()),
        ({}, Progress()),
    ],
)
def test_an_event_of_a_child_is_read(event: dict[str, Any], means: Progress) -> None:
    assert Progress.of_event(event) == means

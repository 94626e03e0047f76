"""What the stored metadata adds up to."""

from __future__ import annotations

import pytest

from metadata.models import YouTubeVideoMetadata
from metadata.statistics import statistics
from metadata.store.upsert import upsert_many

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def fill() -> None:
    upsert_many(
        [
            {"id": "aaaaaaaaaaa", "channel_id": "UC1", "channel": "Garden", "duration": 30,
             "upload_date": "20250101", "view_count": 10, "language": "en"},
            {"id": "bbbbbbbbbbb", "channel_id": "UC1", "channel": "Garden", "duration": 60,
             "upload_date": "20260101", "view_count": 5, "availability": "unlisted"},
            {"id": "ccccccccccc", "channel_id": "UC2", "channel": "Pond", "duration": 7200},
            {"id": "ddddddddddd"},
        ],
        source="full",
        playlist_id="PL1",
    )  # fmt: skip


def test_statistics_of_nothing_are_zero() -> None:
    found = statistics()
    assert (found["totals"]["videos"], found["by_year"], found["growth"]) == (0, [], [])


def test_statistics_add_up() -> None:
    fill()
    found = statistics()
    totals = found["totals"]
    assert (totals["videos"], totals["visited_in_full"], totals["channels"]) == (4, 4, 2)
    assert (totals["seconds"], totals["views"], totals["playlists"]) == (7290, 15, 1)
    assert found["by_channel"][0] == {
        "channel_id": "UC1", "name": "Garden", "videos": 2, "seconds": 90, "views": 15,
    }  # fmt: skip
    assert [(row["year"], row["videos"]) for row in found["by_year"]] == [
        (2026, 1), (2025, 1), (None, 2),
    ]  # fmt: skip
    assert found["durations"] == {
        "under 1 min": 1, "1 to 5 min": 1, "5 to 20 min": 0, "20 to 60 min": 0, "over 1 h": 1,
        "unknown": 1,
    }  # fmt: skip
    assert found["languages"][0] == {"language": "", "videos": 3}
    assert {row["availability"]: row["videos"] for row in found["availability"]} == {
        "": 3, "unlisted": 1,
    }  # fmt: skip
    assert [row["videos"] for row in found["growth"]] == [4]


def test_statistics_of_some_rows() -> None:
    fill()
    found = statistics(YouTubeVideoMetadata.objects.of_channel("UC2"))
    assert (found["totals"]["videos"], found["durations"]["over 1 h"]) == (1, 1)

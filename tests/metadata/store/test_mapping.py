"""Info dictionaries into columns: types, bounds, and values that no one expected."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from metadata.models import YouTubeVideoMetadata
from metadata.store import mapping
from metadata.youtube.listing import entries

VIDEO = "aaaaaaaaaaa"

CASES: list[tuple[str, Any, Any]] = [
    ("title", "A garden", "A garden"),
    ("title", "nul\0inside", "nulinside"),
    ("title", "half a \ud83c pair", "half a  pair"),
    ("title", "long " * 100, ("long " * 100)[:300]),
    ("title", 7, "7"),
    ("title", ["no", "text"], None),
    ("title", "", None),
    ("view_count", 12, 12),
    ("view_count", "12", 12),
    ("view_count", 12.9, 12),
    ("view_count", 10**30, 2**63 - 1),
    ("view_count", True, None),
    ("view_count", "many", None),
    ("view_count", "9" * 5000, None),
    ("view_count", float("nan"), None),
    ("view_count", float("inf"), None),
    ("age_limit", 10**12, 2**31 - 1),
    ("duration", 3, 3.0),
    ("duration", "12.5", 12.5),
    ("duration", {"seconds": 3}, None),
    ("upload_date", "20260131", date(2026, 1, 31)),
    ("upload_date", "2026-01-31", date(2026, 1, 31)),
    ("upload_date", "20261340", None),
    ("upload_date", "soon", None),
    ("upload_date", None, None),
    ("release_year", 2026, 2026),
    ("release_year", -5, None),
    ("is_live", False, False),
    ("is_live", "yes", None),
    ("tags", ["a", "b\0", None], ["a", "b"]),
    ("tags", "a,b", None),
    ("chapters", [{"start_time": 0.0, "title": "One"}], [{"start_time": 0.0, "title": "One"}]),
    ("heatmap", [{"value": float("nan")}], [{"value": None}]),
    ("subtitles", {"en": [{"url": "https://x"}], "de": []}, ["de", "en"]),
    ("automatic_captions", {"fr": [{}]}, ["fr"]),
    ("thumbnail", "https://i.ytimg.com/vi/x/hq720.jpg?sqp=abc&rs=def", "https://i.ytimg.com/vi/x/hq720.jpg"),
    ("thumbnail", "https://i.ytimg.com/vi/x/max.jpg?v=63f1&sqp=a", "https://i.ytimg.com/vi/x/max.jpg?v=63f1"),
    ("thumbnail", "http://[broken?x", None),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value", "expected"), CASES)
def test_a_value_becomes_what_its_column_holds(name: str, value: Any, expected: Any) -> None:
    found = mapping.columns({"id": VIDEO, name: value}).get(name)
    assert found == expected


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(b"bytes", id="bytes"),
        pytest.param(object(), id="object"),
        pytest.param({"a": {"b": set()}}, id="dictionary"),
        pytest.param([[[[[[[[[[1]]]]]]]]]], id="deep"),
        pytest.param(-(10**400), id="huge"),
        pytest.param("\0", id="nul"),
        pytest.param("http://[", id="address"),
        pytest.param([None], id="list"),
    ],
)
def test_nothing_raises_whatever_the_value_is(value: Any) -> None:
    info = {"id": VIDEO, "unheard_of": value, **dict.fromkeys(mapping.COLUMNS, value)}
    json.dumps([mapping.columns(info), mapping.unmapped(info)], default=str)


def test_every_column_exists_and_every_column_of_knowledge_is_mapped() -> None:
    ours = {
        "id", "youtube_id", "extra", "created_at", "updated_at", "last_seen_at", "full_at",
        "counts_recorded_at",
    }  # fmt: skip
    columns = {field.name for field in YouTubeVideoMetadata._meta.local_fields}
    assert set(mapping.COLUMNS) == columns - ours
    assert len(mapping.COLUMNS) >= 45


def test_every_text_is_cut_where_its_column_ends() -> None:
    found = mapping.columns(dict.fromkeys(mapping.COLUMNS, "x" * 200000))
    for field in YouTubeVideoMetadata._meta.local_fields:
        longest = getattr(field, "max_length", None)
        if longest and field.name in found:
            assert len(found[field.name]) <= longest, field.name


@pytest.mark.parametrize(
    "info", [None, [], "text", {}, {"id": None}, {"id": 5}, {"id": "short"}, {"id": "a" * 12}]
)
def test_what_is_not_about_a_video_has_no_id(info: Any) -> None:
    assert mapping.youtube_id(info) is None


def test_a_day_is_taken_from_the_timestamp_where_none_is_given() -> None:
    assert mapping.columns({"timestamp": 1_767_225_600})["upload_date"] == date(2026, 1, 1)
    given = mapping.columns({"timestamp": 1_767_225_600, "upload_date": "20251231"})
    assert given["upload_date"] == date(2025, 12, 31)
    assert "upload_date" not in mapping.columns({"timestamp": 10**17})


def test_what_has_no_column_is_kept() -> None:
    info = {"id": VIDEO, "title": "x", "artists": ["A"], "series": "S", "odd\0key": 1}
    assert mapping.unmapped(info) == {"artists": ["A"], "series": "S", "oddkey": 1}


def test_bulk_and_signed_addresses_are_not_kept() -> None:
    info = {
        "id": VIDEO,
        "formats": [{"url": "https://x"}],
        "url": "https://rr1.googlevideo.com/videoplayback?expire=1",
        "http_headers": {"Cookie": "secret"},
        "manifest": "https://manifest.googlevideo.com/api/manifest",
        "nested": {"deep": ["https://example.org/?signature=abc"]},
        "comments": [{}],
        "_private": 1,
        "huge": "x" * 100_000,
    }
    assert mapping.unmapped(info) == {}


def test_an_entry_of_a_listing_names_its_channel_only_where_it_does_not_itself() -> None:
    channel = {"channel": "Ours", "channel_id": "UC1"}
    alone = entries.flat({"id": VIDEO, "title": "x"}, tab="videos", channel=channel)
    assert (alone["channel"], alone["media_type"]) == ("Ours", "video")
    guest = entries.flat({"id": VIDEO, "channel": "Theirs"}, tab="", channel=channel)
    assert guest["channel"] == "Theirs"
    assert "media_type" not in guest


def test_a_video_may_be_called_like_a_lost_one() -> None:
    assert entries.lost({"title": "[Private video]"}) == {"availability": "private"}
    assert entries.lost({"title": "[Private video]", "duration": 3}) == {}


def test_only_the_largest_pictures_are_kept() -> None:
    many = [{"url": f"https://i.ytimg.com/{n}.jpg", "width": n, "id": n} for n in range(9)]
    kept = entries.pictures(many)
    assert [each["width"] for each in kept] == [4, 5, 6, 7, 8]
    assert entries.pictures([{"id": 1}, "x"]) == []

"""The parameters of a metadata extraction."""

from __future__ import annotations

from typing import Any

import pytest

from jobs.forms import validate
from metadata.forms import MetadataExtractionForm

GOOD: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    (
        {"channel_url": "http://m.youtube.com/@Garden/featured"},
        {"channel_url": "https://www.youtube.com/@Garden"},
        "channel:@Garden",
    ),
    (
        {"channel_url": "https://www.youtube.com/@Garden/shorts"},
        {"channel_url": "https://www.youtube.com/@Garden/shorts"},
        "channel:@Garden/shorts",
    ),
    ({"channel_id": f"UC{'c' * 22}"}, {"channel_id": f"UC{'c' * 22}"}, f"channel:UC{'c' * 22}"),
    (
        {"playlist_url": f"https://youtube.com/watch?list=PL{'p' * 32}"},
        {"playlist_url": f"https://www.youtube.com/playlist?list=PL{'p' * 32}"},
        f"playlist:PL{'p' * 32}",
    ),
    (
        {"video_url": "https://youtu.be/aaaaaaaaaaa?t=5"},
        {"video_url": "https://www.youtube.com/watch?v=aaaaaaaaaaa"},
        "video:aaaaaaaaaaa",
    ),
    ({"video_id": "-aaaaaaaaa_"}, {"video_id": "-aaaaaaaaa_"}, "video:-aaaaaaaaa_"),
]


@pytest.mark.parametrize(("given", "kept", "target"), GOOD)
def test_a_source_is_kept_in_one_way_only(
    given: dict[str, Any], kept: dict[str, Any], target: str
) -> None:
    form, errors = validate(MetadataExtractionForm, given)
    assert errors == []
    assert form
    assert form.parameters == {"extract_type": "flat", "force_update": False} | kept
    assert form.target == target
    assert form.title == f"Metadata of {target.partition(':')[2]}"


BAD: list[tuple[dict[str, Any], str, str]] = [
    ({}, "", "one_source"),
    ({"channel_id": "@Garden", "video_id": "aaaaaaaaaaa"}, "", "one_source"),
    ({"channel_url": ""}, "", "one_source"),
    ({"channel_url": "https://vimeo.com/1"}, "channel_url", "not_accepted"),
    ({"channel_url": "https://www.youtube.com@127.0.0.1/"}, "channel_url", "not_accepted"),
    ({"channel_url": "--config-locations=/x"}, "channel_url", "not_accepted"),
    ({"video_url": "ytsearch:x"}, "video_url", "not_accepted"),
    ({"video_url": "file:///etc/passwd"}, "video_url", "not_accepted"),
    ({"video_id": "https://www.youtube.com/@Garden"}, "video_id", "not_accepted"),
    ({"playlist_url": "x" * 10_000}, "playlist_url", "max_length"),
    ({"video_id": "a\0aaaaaaaaa"}, "video_id", "null_characters_not_allowed"),
    ({"video_id": 5}, "video_id", "wrong_type"),
    ({"video_id": "aaaaaaaaaaa", "max_entries": 0}, "max_entries", "min_value"),
    ({"video_id": "aaaaaaaaaaa", "max_entries": "3"}, "max_entries", "wrong_type"),
    ({"video_id": "aaaaaaaaaaa", "extract_type": "deep"}, "extract_type", "invalid_choice"),
    ({"video_id": "aaaaaaaaaaa", "force_update": 1}, "force_update", "wrong_type"),
    ({"video_id": "aaaaaaaaaaa", "exec": "rm"}, "exec", "unknown_field"),
]


@pytest.mark.parametrize(("given", "field", "code"), BAD)
def test_what_is_not_accepted_is_said_at_its_field(
    given: dict[str, Any], field: str, code: str
) -> None:
    form, errors = validate(MetadataExtractionForm, given)
    assert form is None
    assert [(error["field"], error["code"]) for error in errors] == [(field, code)]

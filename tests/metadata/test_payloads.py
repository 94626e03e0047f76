"""Metadata as JSON, and its plain pages in the admin."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from metadata.models import YouTubeVideoMetadata
from metadata.payloads import metadata_payload, metadata_summary
from metadata.store.upsert import upsert

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 1, 10, 12, 30, tzinfo=UTC)


@pytest.fixture
def row() -> YouTubeVideoMetadata:
    info = {"id": "aaaaaaaaaaa", "title": "Basil", "upload_date": "20260101", "tags": ["herb"]}
    upsert(info | {"artist": "A"}, source="full", at=NOW)
    return YouTubeVideoMetadata.objects.get()


def test_a_row_is_json_under_the_names_of_its_columns(row: YouTubeVideoMetadata) -> None:
    said = json.loads(json.dumps(metadata_payload(row)))
    assert (said["youtube_id"], said["title"], said["upload_date"]) == (
        "aaaaaaaaaaa", "Basil", "2026-01-01",
    )  # fmt: skip
    assert (said["tags"], said["extra"], said["view_count"]) == (["herb"], {"artist": "A"}, None)
    assert said["url"] == "https://www.youtube.com/watch?v=aaaaaaaaaaa"
    assert said["last_seen_at"].startswith("2026-01-10T12:30:00")
    assert "id" not in said


def test_a_row_of_a_list_is_short(row: YouTubeVideoMetadata) -> None:
    said = metadata_summary(row)
    assert (said["title"], said["upload_date"], said["duration"]) == ("Basil", "2026-01-01", None)
    assert "extra" not in said


@pytest.mark.parametrize("page", ["youtubevideometadata", "playlistmembership", "metadatachange"])
def test_the_admin_shows_the_rows_and_lets_nobody_edit_them(
    page: str, row: YouTubeVideoMetadata, client: Client
) -> None:
    client.force_login(User.objects.create_superuser("boss"))
    assert client.get(reverse(f"admin:metadata_{page}_changelist")).status_code == 200
    assert client.get(reverse(f"admin:metadata_{page}_add")).status_code == 403

"""GET /api/tracks: by state and channel, in pages."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from channels_app.models import Channel, ChannelGroup, Track, TrackFile
from channels_app.states import SHOWN_STATES
from jobs.models import Job
from jobs.states import Status
from tests.videomind.calling import Script, assert_problem, content
from videomind.scopes import Scope

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture
def script() -> Script:
    return Script(Scope.READ)


@pytest.fixture
def channel() -> Channel:
    group, _ = ChannelGroup.objects.get_or_create(name="Trial", slug="trial", folder="Trial")
    return Channel.objects.create(
        channel_id="UC" + "a" * 22, handle="@Walks", title="Walks", folder="Walks", group=group
    )


def track(number: int, **fields: Any) -> Track:
    return Track.objects.create(youtube_id=f"video{number:06d}", **fields)


def ids(script: Script, **query: Any) -> list[int]:
    return [item["id"] for item in content(script.get("/api/tracks", **query))["items"]]


def test_tracks_are_found_by_state_and_channel(script: Script, channel: Channel) -> None:
    here = track(1, state="available", channel=channel)
    gone = track(2, state="missing")
    wanted = track(3, channel=channel)
    assert ids(script) == [wanted.pk, gone.pk, here.pk]
    assert ids(script, state="available") == [here.pk]
    assert ids(script, state="missing") == [gone.pk]
    assert ids(script, channel=channel.pk) == [wanted.pk, here.pk]
    assert ids(script, channel=channel.channel_id, state="wanted") == [wanted.pk]
    assert ids(script, channel="@walks") == [wanted.pk, here.pk]
    assert ids(script, channel="@nobody") == []


def test_queued_and_downloading_come_from_the_job(script: Script) -> None:
    queued, loading = track(1), track(2)
    for each, status in ((queued, Status.PENDING), (loading, Status.RUNNING)):
        Job.objects.create(
            job_type="single_video_download",
            lane="download",
            target=each.youtube_id,
            status=status,
        )
    assert ids(script, state="queued") == [queued.pk]
    assert ids(script, state="downloading") == [loading.pk]
    assert ids(script, state="wanted") == []


def test_times_are_in_utc_with_milliseconds_and_z(script: Script) -> None:
    track(1, published_at=datetime(2026, 11, 21, tzinfo=UTC))
    [item] = content(script.get("/api/tracks"))["items"]
    assert (item["published_at"], item["downloaded_at"]) == ("2026-11-21T00:00:00.000Z", None)


def test_a_page_of_tracks_asks_the_database_little(
    script: Script, channel: Channel, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(5):
        each = track(number, state="available", channel=channel)
        TrackFile.objects.create(track=each, kind="video", relative_path=f"{number}.mp4", bytes=1)
    script.get("/api/tracks")
    # The token, the page with its channels, the files of the whole page.
    with django_assert_num_queries(3):
        items = content(script.get("/api/tracks"))["items"]
    assert [len(item["files"]) for item in items] == [1] * 5


def test_the_pages_hold_every_track_once(script: Script) -> None:
    made = [track(number).pk for number in range(5)]
    first = content(script.get("/api/tracks", limit=3, count="true"))
    rest = content(script.get("/api/tracks", limit=3, cursor=first["next"]))
    found = [item["id"] for item in first["items"] + rest["items"]]
    assert found == made[::-1]
    assert (first["count"], rest["next"]) == (5, None)


@pytest.mark.parametrize("state", SHOWN_STATES)
def test_every_state_can_be_asked_for(script: Script, state: str) -> None:
    assert ids(script, state=state) == []


@pytest.mark.parametrize(
    "query", [{"state": "lost"}, {"channel": "0"}, {"channel": "9" * 30}, {"title": "x"}]
)
def test_what_the_list_does_not_understand_is_400(script: Script, query: dict[str, str]) -> None:
    assert_problem(script.get("/api/tracks", **query), 400)

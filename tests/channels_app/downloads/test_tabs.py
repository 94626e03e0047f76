"""What a listing of some tabs may take for known next time, and what it says of the others."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection, transaction

from channels_app.catalog.sources import channel_seen, known_channel, tabs_listed
from channels_app.models import Channel, Track
from jobs.models import Job
from tests.channels_app import stock
from tests.channels_app.conftest import Submit
from tests.working import run_next
from tests.youtube import LoopbackYouTube

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]

SITE = "https://www.youtube.com"
MANY = 70
# What the first page of a tab shows.
PAGE = 30


def list_once(submit: Submit, path: str, **more: Any) -> dict[str, Any]:
    job = submit("channel_download", channel_url=f"{SITE}/{path}", max_downloads=1, **more)
    assert run_next()
    job.refresh_from_db()
    assert job.failure_code == "", job.error_message
    # Its one video is not what is asked here.
    Job.objects.update(status="cancelled")
    return dict(job.result)


def test_a_tab_that_was_read_to_its_end_is_listed_from_its_news_only(
    youtube: LoopbackYouTube, submit: Submit
) -> None:
    channel = youtube.catalogue.add_channel("Big", videos=MANY, shorts=2)
    assert list_once(submit, "@big/videos")["listed"] == MANY
    again = list_once(submit, "@big/videos")
    assert (again["listed"], again["total"], again["complete"]) == (PAGE, MANY, False)

    youtube.catalogue.add_video(channel, "brand new")
    assert list_once(submit, "@big/videos")["total"] == MANY + 1
    assert Track.objects.filter(title="brand new", tab="videos").exists()


def test_a_tab_says_nothing_of_the_others(youtube: LoopbackYouTube, submit: Submit) -> None:
    youtube.catalogue.add_channel("Big", videos=MANY, shorts=2)
    list_once(submit, "@big/videos")
    assert Channel.objects.get().last_synced_at is None

    assert list_once(submit, "@big/shorts")["listed"] == 2
    # Nobody knows yet whether it has streams.
    assert list_once(submit, "@big")["listed"] == MANY + 2
    assert Channel.objects.get().last_synced_at is not None


def test_until_each_tab_was_read_a_channel_is_listed_whole(
    youtube: LoopbackYouTube, submit: Submit
) -> None:
    youtube.catalogue.add_channel("Big", videos=MANY)
    list_once(submit, "@big/videos")
    assert list_once(submit, "@big")["listed"] == MANY
    assert list_once(submit, "@big")["listed"] == PAGE
    assert list_once(submit, "@big/videos")["listed"] == PAGE


def test_what_was_listed_whole_before_tabs_were_noted_is_known(
    youtube: LoopbackYouTube, submit: Submit
) -> None:
    youtube.catalogue.add_channel("Big", videos=MANY)
    list_once(submit, "@big")
    Channel.objects.update(tabs_listed={})
    assert list_once(submit, "@big/videos")["listed"] == PAGE


def test_what_came_after_a_tab_was_read_is_no_reason_to_stop(
    youtube: LoopbackYouTube, submit: Submit
) -> None:
    youtube.catalogue.add_channel("Big", videos=MANY)
    list_once(submit, "@big/videos")
    Channel.objects.update(tabs_listed={"videos": datetime(2020, 1, 1, tzinfo=UTC).isoformat()})
    assert list_once(submit, "@big/videos")["listed"] == MANY


def test_a_channel_asked_for_by_an_old_kind_of_name_is_known_by_it(
    youtube: LoopbackYouTube, submit: Submit
) -> None:
    youtube.catalogue.add_channel("Big", videos=MANY)
    assert list_once(submit, "c/Big/videos")["listed"] == MANY
    assert list_once(submit, "c/big/videos")["listed"] == PAGE
    assert list_once(submit, "@big/videos")["listed"] == PAGE


def test_a_name_that_went_to_another_channel_is_that_ones() -> None:
    group = stock.channel().group
    old, new = ({"id": "user/big", "channel_id": f"UC{key * 22}"} for key in "on")
    assert channel_seen(old, group=group) == known_channel("user/big")
    assert channel_seen(new, group=group) == known_channel("user/big")
    assert Channel.objects.filter(custom_name="user/big").count() == 1


def test_two_listings_note_their_tabs_side_by_side() -> None:
    channel = stock.channel()
    same = Channel.objects.get(pk=channel.pk)
    with transaction.atomic():
        tabs_listed(channel, ["videos"])
        tabs_listed(same, ["shorts"])
    channel.refresh_from_db()
    assert {*channel.tabs_listed} == {"videos", "shorts"}
    assert channel.tab_listed_at("streams") is None


def test_a_worker_of_the_version_before_still_adds_channels() -> None:
    group = stock.channel().group
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO channels_app_channel"
            " (channel_id, handle, title, description, group_id, folder, added_at)"
            " VALUES (%s, '', '', '', %s, 'old', CURRENT_TIMESTAMP)",
            [f"UC{'o' * 22}", group.pk],
        )
    old = Channel.objects.get(folder="old")
    assert (old.tabs_listed, old.custom_name) == ({}, "")


def test_a_range_of_a_playlist_keeps_its_places(youtube: LoopbackYouTube, submit: Submit) -> None:
    channel = youtube.catalogue.add_channel("Garden", videos=6)
    playlist = youtube.catalogue.add_playlist(channel, "All", channel.videos)
    for part in ("", "3-4,6"):
        submit(
            "playlist_download",
            playlist_id=playlist.playlist_id,
            playlist_range=part,
            max_downloads=1,
        )
        assert run_next()
        Job.objects.update(status="cancelled")
        places = Track.objects.order_by("memberships__position").values_list(
            "youtube_id", "memberships__position"
        )
        expected = [(video.video_id, place) for place, video in enumerate(channel.videos, 1)]
        assert list(places) == expected

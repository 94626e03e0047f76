"""Shelves: every track is shown once, in order, whatever the page's size and odd the place."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from channels_app.models import Track
from channels_app.pages.pagination import Position, entries, newest, read_position
from tests.channels_app import stock

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def all_pages(*, size: int) -> list[int]:
    found: list[int] = []
    after: str | None = ""
    while after is not None:
        rows = Track.objects.all()
        shelf = newest(rows, by="published_at", after=read_position(after), size=size)
        assert len(shelf.tracks) <= size
        found += [track.pk for track in shelf.tracks]
        after = shelf.next or None
    return found


@pytest.mark.parametrize("size", [1, 2, 3, 4, 7, 50])
def test_every_track_is_on_one_page_the_undated_last(size: int) -> None:
    at = [stock.NOON + timedelta(days=days) for days in (1, 3, 3, 3, 2)]
    dated = [stock.track(published_at=each) for each in at]
    undated = [stock.track(published_at=None) for _ in range(3)]
    by_date = sorted(dated, key=lambda each: (each.published_at, each.pk), reverse=True)
    expected = [*by_date, *reversed(undated)]
    assert all_pages(size=size) == [each.pk for each in expected]


def test_a_place_survives_its_way_through_an_address() -> None:
    for place in (Position(stock.NOON + timedelta(microseconds=1), 7), Position(None, 3)):
        assert read_position(str(place)) == place


@pytest.mark.parametrize(
    "text",
    [None, "", "x", "1", "1.", ".1", "y.1", "1.2.3", "1.x", "'", "\0", "١.١", "9" * 18 + ".1",
     "1." + "9" * 40],
)  # fmt: skip
def test_nonsense_is_the_first_page(text: str | None) -> None:
    assert read_position(text) is None


@pytest.mark.parametrize(
    "after", ["nonsense", "99999999999999999.1", "x.999999999999999999", "0.0"]
)
def test_odd_places_break_no_page(after: str) -> None:
    track = stock.track(channel=stock.channel())
    assert track.channel is not None
    group = track.channel.group.slug
    order = stock.playlist(track)
    for path in (
        "/", f"/group/{group}/", f"/channel/{track.channel.channel_id}/",
        f"/playlist/{order.playlist_id}/",
    ):  # fmt: skip
        assert Client().get(path, {"after": after}).status_code == 200


def test_a_playlist_is_read_in_pages_without_losing_its_order() -> None:
    made = [stock.track() for _ in range(7)]
    order = stock.playlist(*reversed(made))
    found: list[int] = []
    after: str | None = ""
    while after is not None:
        shelf = entries(order.pk, after=after, size=3)
        found += [track.pk for track in shelf.tracks]
        after = shelf.next or None
    assert found == [each.pk for each in reversed(made)]


def test_the_next_page_is_offered_while_there_is_one() -> None:
    for _ in range(40):
        stock.track()
    first = Client().get("/").content.decode()
    assert first.count("<article") == 36
    place = first.split('href="?after=')[1].split('"')[0]
    second = Client().get("/", {"after": place}).content.decode()
    assert second.count("<article") == 4
    assert "?after=" not in second

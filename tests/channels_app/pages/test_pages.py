"""The library's pages: what each shows, to whom, and in how many queries."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from channels_app.catalog.defaults import group_named
from channels_app.models import Track
from channels_app.states import SourceState, State
from jobs import queue
from metadata.models import YouTubeVideoMetadata
from tests.channels_app import stock

pytestmark = pytest.mark.django_db
Counted = Callable[..., Any]


def page(path: str, *, client: Client | None = None, status: int = 200) -> str:
    answer = (client or Client()).get(path)
    assert answer.status_code == status
    assert "style=" not in answer.content.decode()
    return answer.content.decode()


def shown(text: str) -> list[str]:
    """The videos' ids, in the order of their cards."""
    return re.findall(r'class="video[^"]*" data-track="([^"]+)"', text)


def staff() -> Client:
    client = Client()
    client.force_login(User.objects.create_user("staff", password="x", is_staff=True))
    return client


def library(*, tracks: int = 3) -> list[Track]:
    """One channel and its videos, each with picture, film and subtitles."""
    channel = stock.channel()
    made = [stock.track(f"Video {number}", channel=channel) for number in range(tracks)]
    for track in made:
        stock.file(track, "video.mp4")
        stock.file(track, "picture.jpg", kind="thumbnail")
        stock.file(track, "video.en.vtt", kind="subtitle", language="en")
    return made


# --- home -----------------------------------------------------------------------------------------


def test_home_shows_what_arrived_last_first() -> None:
    made = library()
    assert shown(page("/")) == [track.youtube_id for track in made]


def test_home_shows_what_is_here_and_nothing_else() -> None:
    for state in set(State) - {State.AVAILABLE}:
        stock.track(state=state, downloaded_at=stock.NOON)
    assert shown(page("/")) == []


def test_an_empty_library_says_what_to_do_next() -> None:
    assert "Sign in" in page("/")
    told = page("/", client=staff())
    assert "Add a channel" in told
    assert 'href="/jobs/"' in told


def test_a_library_that_fills_says_so() -> None:
    stock.track(state=State.WANTED)
    assert "Videos are on their way" in page("/")


def test_pictures_come_from_our_own_disk() -> None:
    track = library(tracks=1)[0]
    picture = track.files.get(kind="thumbnail")
    told = page("/")
    assert f'src="/media/file/{picture.pk}/"' in told
    assert not re.findall(r'src="https?:', told)


def test_a_video_without_a_picture_gets_a_drawn_one() -> None:
    stock.track()
    assert "no-picture" in page("/")


def test_groups_are_offered_where_there_are_several() -> None:
    stock.channel()
    assert "Science" not in page("/")
    stock.channel(group=group_named("Science"))
    assert 'href="/group/science/"' in page("/")


def test_continue_watching_gets_the_cards_that_are_asked_for_in_that_order() -> None:
    one, two, three = library()
    gone = stock.track(state=State.REMOVED)
    asked = "&".join(f"v={each}" for each in (three.youtube_id, gone.youtube_id, one.youtube_id))
    assert shown(page(f"/continue/?{asked}&v={three.youtube_id}&v=nonsense&v=")) == [
        three.youtube_id,
        one.youtube_id,
    ]
    assert shown(page(f"/continue/?{'&'.join(['v=x'] * 50)}&v={two.youtube_id}")) == []


# --- groups, channels, playlists ------------------------------------------------------------------


def test_a_group_shows_its_channels_and_their_videos() -> None:
    science = group_named("Science")
    inside = stock.track(channel=stock.channel("Deep Field", group=science))
    stock.track(channel=stock.channel("Bread"))
    told = page("/group/science/")
    assert shown(told) == [inside.youtube_id]
    assert "Deep Field" in told
    assert "Bread" not in told
    assert "1 video<" in told


def test_a_group_may_be_called_in_any_script() -> None:
    group = group_named("音の庭")
    assert "音の庭" in page(f"/group/{group.slug}/")


def test_a_channel_shows_the_newest_first_and_what_is_not_here_on_request() -> None:
    made = library()
    channel = made[0].channel
    assert channel is not None
    wanted = stock.track("Not here", channel=channel, state=State.WANTED, downloaded_at=None)
    here = [track.youtube_id for track in made]
    assert shown(page(f"/channel/{channel.channel_id}/")) == here
    told = page(f"/channel/{channel.channel_id}/?show=all")
    assert shown(told) == [*here, wanted.youtube_id]
    assert "Not here yet" in told


def test_a_video_that_is_being_fetched_says_so() -> None:
    channel = stock.channel()
    wanted = stock.track(channel=channel, state=State.WANTED)
    queue.submit("single_video_download", {"video_id": wanted.youtube_id})
    assert "In the queue" in page(f"/channel/{channel.channel_id}/?show=all")


def test_a_playlist_keeps_its_own_order_and_plays_on_in_it() -> None:
    one, two, three = library()
    made = stock.playlist(three, stock.track(state=State.MISSING), one, two)
    told = page(f"/playlist/{made.playlist_id}/")
    assert shown(told) == [three.youtube_id, one.youtube_id, two.youtube_id]
    assert f'href="/watch/{three.youtube_id}/?list={made.playlist_id}"' in told


@pytest.mark.parametrize("kind", ["channel", "playlist", "group"])
def test_an_empty_source_says_what_to_do_next(kind: str) -> None:
    channel = stock.channel(group=group_named("Science"))
    made = stock.playlist()
    path = {
        "channel": channel.channel_id,
        "playlist": made.playlist_id,
        "group": "science",
    }[kind]
    assert 'class="empty"' in page(f"/{kind}/{path}/")
    assert 'href="/jobs/"' in page(f"/{kind}/{path}/", client=staff())


@pytest.mark.parametrize(
    "path",
    [
        "/channel/UCnobody/", "/playlist/PLnothing/", "/group/nowhere/", "/watch/aaaaaaaaaaa/",
        "/watch/short/", "/channel/..%2f..%2f/", "/group/a%00b/", "/playlist/a'b/",
        "/channel/" + "U" * 500 + "/", "/watch/aaaaaaaaaa%00/",
    ],
)  # fmt: skip
def test_what_is_not_there_is_404(path: str) -> None:
    page(path, status=404)


# --- the watch page -------------------------------------------------------------------------------


def watch(track: Track, query: str = "", *, client: Client | None = None) -> str:
    return page(f"/watch/{track.youtube_id}/{query}", client=client)


def test_a_video_is_played_from_its_own_address_with_its_subtitles() -> None:
    track = library(tracks=1)[0]
    told = watch(track)
    for kind, address in (("video", "file"), ("thumbnail", "file"), ("subtitle", "subtitles")):
        row = track.files.get(kind=kind)
        assert f'"/media/{address}/{row.pk}/"' in told
    assert 'type="video/mp4"' in told
    assert 'srclang="en" label="English"' in told
    assert "data-media" in told


def test_sound_is_played_as_sound() -> None:
    track = stock.track(media_kind="audio")
    stock.file(track, "sound.m4a", kind="audio")
    told = watch(track)
    assert "<audio" in told
    assert "<video" not in told
    assert 'type="audio/mp4"' in told


def test_what_comes_next_is_the_next_older_of_the_channel() -> None:
    one, two, three = library()
    assert shown(watch(one)) == [two.youtube_id, three.youtube_id]
    assert f'data-next="/watch/{two.youtube_id}/"' in watch(one)
    last = watch(three)
    assert shown(last) == [one.youtube_id, two.youtube_id]
    assert "data-next=" not in last


def test_what_comes_next_in_a_playlist_is_the_next_in_its_order() -> None:
    one, two, three = library()
    made = stock.playlist(two, one, three)
    told = watch(two, f"?list={made.playlist_id}")
    assert shown(told) == [one.youtube_id, three.youtube_id]
    assert f'data-next="/watch/{one.youtube_id}/?list={made.playlist_id}"' in told


@pytest.mark.parametrize("query", ["?list=PLother", "?list=%00", "?list=", "?list=a&list='"])
def test_a_playlist_that_does_not_hold_it_is_ignored(query: str) -> None:
    one, two, _ = library()
    assert shown(watch(one, query))[0] == two.youtube_id


def test_description_and_chapters_are_shown_and_nothing_in_them_is_run() -> None:
    track = library(tracks=1)[0]
    YouTubeVideoMetadata.objects.create(
        youtube_id=track.youtube_id,
        description="<script>alert(1)</script> https://example.org/?a=1&b=2 and 1:05",
        chapters=[
            {"start_time": 65.5, "title": "<b>Middle</b>"}, {"start_time": 0, "title": "Start"},
            {"start_time": "x", "title": "Odd"}, "odd", {"title": "None"},
        ],
    )  # fmt: skip
    told = watch(track)
    assert "<script>alert" not in told
    assert "<b>" not in told
    assert 'href="https://example.org/?a=1&amp;b=2" rel="noopener' in told
    assert 'data-seek="65"' in told
    assert told.index("Start<") < told.index("Middle")
    assert "Odd" not in told


def test_a_video_that_is_gone_at_its_source_stays_and_says_so() -> None:
    track = library(tracks=1)[0]
    Track.objects.update(source_state=SourceState.REMOVED)
    assert "The copy here stays." in watch(track)
    assert "Removed at source" in page("/")


def test_a_video_that_is_not_here_says_why() -> None:
    track = stock.track(state=State.SKIPPED, reason="Skipped: longer than 2 h.")
    told = watch(track)
    assert "Skipped: longer than 2 h." in told
    assert "<video" not in told
    assert "/jobs/list?q=" not in told
    assert f"/jobs/list?q={track.youtube_id}" in watch(track, client=staff())


def test_the_info_file_is_offered_to_staff_only() -> None:
    track = library(tracks=1)[0]
    row = stock.file(track, "video.info.json", kind="info", data=b"{}")
    assert f"/media/file/{row.pk}/" not in watch(track)
    assert f"/media/file/{row.pk}/" in watch(track, client=staff())


# --- queries --------------------------------------------------------------------------------------


@pytest.mark.parametrize("tracks", [2, 20])
def test_the_number_of_queries_does_not_grow(
    tracks: int, django_assert_num_queries: Counted
) -> None:
    made = library(tracks=tracks)
    channel = made[0].channel
    assert channel is not None
    order = stock.playlist(*made)
    for path, queries in {
        "/": 5,
        f"/continue/?v={made[0].youtube_id}&v={made[1].youtube_id}": 2,
        f"/group/{channel.group.slug}/": 7,
        f"/channel/{channel.channel_id}/": 7,
        f"/channel/{channel.channel_id}/?show=all": 7,
        f"/playlist/{order.playlist_id}/": 4,
        f"/watch/{made[0].youtube_id}/": 6,
        f"/watch/{made[0].youtube_id}/?list={order.playlist_id}": 7,
    }.items():
        with django_assert_num_queries(queries):
            page(path)

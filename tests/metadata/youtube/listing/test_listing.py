"""Listing a channel or playlist with the real yt-dlp against the loopback YouTube."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from metadata.youtube.client import client
from tests.metadata.conftest import Heard, Lister
from tests.youtube import Channel, Fault, LoopbackYouTube

Find = Callable[[str], Channel]


def ids(channel: Channel, *tabs: str) -> list[str]:
    return [video.video_id for tab in tabs for video in getattr(channel, tab)]


def test_37_videos_and_80_shorts_are_117_entries(lister: Lister, channel: Find) -> None:
    result = lister("@Garden")
    assert result["listed"] == 117
    assert result["tabs"] == {"videos": 37, "shorts": 80, "streams": 0}
    assert (result["complete"], result["stopped_early"], result["errors"]) == (True, False, [])
    assert lister.heard.ids == ids(channel("@Garden"), "videos", "shorts")


def test_the_source_is_introduced_once_and_first(lister: Lister, channel: Find) -> None:
    lister("@Garden")
    [source] = lister.heard.of("source")
    assert source is lister.heard.all[0]
    garden = channel("@Garden")
    assert (source["channel_id"], source["handle"]) == (garden.channel_id, "@Garden")
    assert (source["title"], source["description"]) == ("Garden", garden.description)
    assert source["follower_count"] == garden.subscribers
    assert source["tabs"] == ["videos", "shorts"]
    assert set(source["art"]) == {"avatar", "banner"}


def test_an_entry_is_small_and_says_its_channel_and_its_tab(lister: Lister, channel: Find) -> None:
    lister("@Garden", tabs=["shorts"])
    entry = lister.heard.entries[0]
    assert entry["media_type"] == "short"
    assert entry["channel_id"] == channel("@Garden").channel_id
    assert entry["webpage_url"] == f"https://www.youtube.com/watch?v={entry['id']}"
    assert not {"thumbnails", "formats", "_type", "url", "ie_key"} & set(entry)


def test_entries_come_as_their_pages_arrive(lister: Lister) -> None:
    lister("@Orchard", tabs=["videos"])
    sizes = [len(event["entries"]) for event in lister.heard.of("entries")]
    # Thirty of the channel's own page, then the rest of the uploads list's two pages.
    assert sizes == [30, 50, 20, 30]


def test_a_long_tab_goes_on_in_its_uploads_list(
    lister: Lister, asked: Callable[[], int], channel: Find
) -> None:
    result = lister("@Orchard")
    assert result["tabs"] == {"videos": 130, "shorts": 40, "streams": 2}
    # The channel, two pages of its videos, one of shorts, one of streams.
    assert asked() == 5
    assert set(lister.heard.ids) == set(ids(channel("@Orchard"), "videos", "shorts", "streams"))


def test_a_channel_without_uploads_lists_is_listed_from_its_tab(
    lister: Lister, channel: Find
) -> None:
    result = lister("@Meadow")
    assert (result["listed"], result["complete"]) == (130, True)
    assert lister.heard.ids == ids(channel("@Meadow"), "videos")


def test_uploads_lists_can_be_left_out(
    lister: Lister, youtube: LoopbackYouTube, channel: Find
) -> None:
    assert lister("@Orchard", uploads_lists=False)["listed"] == 172
    assert youtube.counters.of("page", f"UULF{channel('@Orchard').channel_id[2:]}") == 0


@pytest.mark.parametrize("name", ["@Garden", "c/Garden", "user/Garden", "UC"])
def test_every_name_of_a_channel_works(name: str, lister: Lister, channel: Find) -> None:
    source = channel("@Garden").channel_id if name == "UC" else name
    assert lister(source, tabs=["videos"])["listed"] == 37


def test_a_channel_with_streams_alone_is_listed(lister: Lister) -> None:
    assert lister("@Pond")["tabs"] == {"videos": 0, "shorts": 0, "streams": 3}


def test_a_tab_asked_for_alone_must_exist(lister: Lister) -> None:
    assert lister.code("@Pond", tabs=["shorts"]) == "channel_has_no_tab"


def test_playlists_are_opened_and_never_counted(lister: Lister, youtube: LoopbackYouTube) -> None:
    shelf = youtube.catalogue.add_channel("Shelf", videos=6, playlists=2)
    result = lister("@Shelf", tabs=["playlists"])
    assert (result["listed"], result["tabs"]) == (6, {"playlists": 6})
    places = {entry["playlist_id"] for entry in lister.heard.entries}
    assert places == {playlist.playlist_id for playlist in shelf.playlists}


# --- stopping early -------------------------------------------------------------------------------


def test_a_sync_with_nothing_new_asks_once_for_each_tab(
    lister: Lister, asked: Callable[[], int], channel: Find
) -> None:
    known = ids(channel("@Orchard"), "videos", "shorts", "streams")
    result = lister("@Orchard", known=known)
    assert asked() == 3
    assert result["stopped_early"]


def test_a_page_with_something_new_is_followed_by_the_next(
    lister: Lister, channel: Find, asked: Callable[[], int]
) -> None:
    known = ids(channel("@Orchard"), "videos")
    result = lister("@Orchard", tabs=["videos"], known=known[1:])
    assert known[0] in lister.heard.ids
    # The tab's page, and one page of the uploads list: it has the new video too.
    assert asked() == 3
    assert result["complete"]


def test_max_entries_holds_over_all_tabs(lister: Lister, asked: Callable[[], int]) -> None:
    result = lister("@Garden", max_entries=40)
    assert (result["listed"], result["complete"]) == (40, False)
    assert result["tabs"] == {"videos": 37, "shorts": 3, "streams": 0}
    assert asked() == 3


# --- playlists ------------------------------------------------------------------------------------


def playlist(youtube: LoopbackYouTube, handle: str, videos: int) -> tuple[Channel, str]:
    channel = youtube.catalogue.add_channel(handle, videos=videos)
    made = youtube.catalogue.add_playlist(channel, f"Best of {handle}", channel.videos)
    return channel, made.playlist_id


def test_a_playlist_keeps_its_order_and_its_places(
    lister: Lister, youtube: LoopbackYouTube
) -> None:
    channel, playlist_id = playlist(youtube, "Ordered", 105)
    result = lister(playlist_id, "playlist")
    assert (result["listed"], result["complete"]) == (105, True)
    assert lister.heard.ids == ids(channel, "videos")
    last = lister.heard.entries[-1]
    assert (last["playlist_index"], last["playlist_count"]) == (105, 105)
    assert (last["playlist_id"], last["playlist_title"]) == (playlist_id, "Best of Ordered")
    [source] = lister.heard.of("source")
    assert (source["playlist_id"], source["title"]) == (playlist_id, "Best of Ordered")
    assert source["channel_id"] == channel.channel_id


def test_a_range_takes_these_places_and_asks_for_no_page_behind_them(
    lister: Lister, youtube: LoopbackYouTube
) -> None:
    channel, playlist_id = playlist(youtube, "Ranged", 105)
    youtube.counters.reset()
    result = lister(playlist_id, "playlist", playlist_range="1-3,25")
    assert lister.heard.ids == [channel.videos[place].video_id for place in (0, 1, 2, 24)]
    assert not result["complete"]
    # Only the request that adds lost videos, none for the second page.
    assert youtube.counters.total("browse") == 1


def test_lost_videos_of_a_playlist_are_entries_that_say_so(
    lister: Lister, youtube: LoopbackYouTube
) -> None:
    channel, playlist_id = playlist(youtube, "Holes", 4)
    private, deleted = channel.videos[1].video_id, channel.videos[2].video_id
    youtube.fault(private, Fault.PRIVATE)
    youtube.catalogue.remove_video(deleted)
    lister(playlist_id, "playlist")
    said = {entry["id"]: entry.get("availability") for entry in lister.heard.entries}
    assert (said[private], said[deleted]) == ("private", "deleted")
    assert len(said) == 4


def test_known_videos_do_not_end_a_playlist(lister: Lister, youtube: LoopbackYouTube) -> None:
    channel, playlist_id = playlist(youtube, "Appended", 105)
    result = lister(playlist_id, "playlist", known=ids(channel, "videos")[:100])
    assert result["listed"] == 105


# --- what goes wrong ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault.LISTING_429, "too_many_requests"),
        (Fault.LISTING_503, "server_error"),
        (Fault.LISTING_RESET, "connection_reset"),
        # Without `raise_incomplete_data` this listing would end early and look complete.
        (Fault.LISTING_EMPTY, "incomplete_listing"),
    ],
)
def test_a_listing_that_breaks_off_is_a_failure(
    fault: Fault, code: str, lister: Lister, youtube: LoopbackYouTube
) -> None:
    channel = youtube.catalogue.add_channel(f"Broken{fault}".replace("_", ""), videos=230)
    youtube.fault_listing(channel, fault, page=1)
    assert lister.code(f"@{channel.handle}") == code
    assert len(lister.heard.ids) == 100


def test_a_hiccup_is_asked_again(lister: Lister, youtube: LoopbackYouTube) -> None:
    channel = youtube.catalogue.add_channel("Hiccup", videos=130)
    youtube.fault_listing(channel, Fault.LISTING_503_TWICE, page=1)
    assert lister("@Hiccup")["listed"] == 130
    assert any("Retrying" in event["text"] for event in lister.heard.of("log"))


@pytest.mark.parametrize(
    ("source", "kind", "code"),
    [
        ("@Nobody", "channel", "channel_not_found"),
        (f"PL{'0' * 32}", "playlist", "playlist_not_found"),
    ],
)
def test_what_does_not_exist_is_said(source: str, kind: str, code: str, lister: Lister) -> None:
    assert lister.code(source, kind) == code


@pytest.fixture
def waited(youtube: LoopbackYouTube, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Each pause that grows, by its number."""
    pauses: list[int] = []

    def pause(n: int) -> float:
        pauses.append(n)
        return 0.0

    monkeypatch.setattr(client, "pause_before_retry", pause)
    return pauses


def test_nobody_waits_long_for_a_channel_that_is_not_there(
    lister: Lister, waited: list[int]
) -> None:
    assert lister.code("@Nobody") == "channel_not_found"
    assert any("Retrying" in event["text"] for event in lister.heard.of("log"))
    assert waited == []


def test_a_later_page_that_is_not_there_may_come_back(
    lister: Lister,
    youtube: LoopbackYouTube,
    waited: list[int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    channel = youtube.catalogue.add_channel("Vanishing", videos=130)

    class Remover(Heard):
        def send(self, event: str, **fields: Any) -> None:
            super().send(event, **fields)
            if event == "entries":
                youtube.catalogue.remove_channel(channel)

    monkeypatch.setattr("tests.metadata.conftest.Heard", Remover)
    assert lister.code("@Vanishing", uploads_lists=False) == "incomplete_listing"
    assert waited == [0, 1, 2]


# --- full -----------------------------------------------------------------------------------------


def test_full_visits_each_video_and_an_entry_that_fails_stops_nothing(
    lister: Lister, youtube: LoopbackYouTube
) -> None:
    channel = youtube.catalogue.add_channel("Full", videos=3)
    first, second, third = ids(channel, "videos")
    youtube.fault(second, Fault.AGE)
    result = lister("@Full", full=True)
    assert lister.heard.ids == [first, third]
    [error] = lister.heard.of("entry_error")
    assert error["id"] == second
    assert "confirm your age" in error["error"]["message"]
    assert [each["id"] for each in result["errors"]] == [second]
    entry = lister.heard.entries[0]
    assert entry["description"]
    assert entry["upload_date"]
    assert isinstance(entry["subtitles"], list)
    assert not {"formats", "requested_formats", "url"} & set(entry)
    assert lister.heard.all[-1]["message"] == "3 of 3 videos visited"


def test_full_leaves_out_what_was_visited_already(lister: Lister, channel: Find) -> None:
    visited = ids(channel("@Pond"), "streams")
    result = lister("@Pond", full=True, visited=visited[:2])
    assert lister.heard.ids == visited[2:]
    assert result["skipped"] == 2


def test_full_stops_where_youtube_refuses_us(lister: Lister, youtube: LoopbackYouTube) -> None:
    channel = youtube.catalogue.add_channel("Refused", videos=3)
    youtube.fault(channel.videos[1].video_id, Fault.BOT)
    assert lister.code("@Refused", full=True) == "bot_check"
    assert lister.heard.ids == [channel.videos[0].video_id]
    assert youtube.counters.of("page", channel.videos[2].video_id) == 0

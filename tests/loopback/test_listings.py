"""Listings come page by page, whole, and follow every change of the catalogue."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest

from tests.youtube import Channel, Fault, LoopbackYouTube

from .ytdlp import YtDlp

_numbers = count()


@pytest.fixture
def channel(youtube: LoopbackYouTube) -> Iterator[Channel]:
    """A channel of the test's own, which it may change."""
    made = youtube.catalogue.add_channel(f"Orchard{next(_numbers)}", videos=6, shorts=3)
    yield made
    youtube.catalogue.remove_channel(made)


def at(channel: Channel, tab: str = "videos") -> str:
    return f"https://www.youtube.com/@{channel.handle}/{tab}"


def uploads(channel: Channel, prefix: str = "UULF") -> str:
    return f"https://www.youtube.com/playlist?list={prefix}{channel.channel_id[2:]}"


@pytest.mark.parametrize(("tab", "size", "continuations"), [("videos", 37, 1), ("shorts", 80, 2)])
def test_a_tab_is_listed_in_pages_of_thirty(
    tab: str, size: int, continuations: int, youtube: LoopbackYouTube, ytdlp: YtDlp, garden: Channel
) -> None:
    outcome = ytdlp.list(f"https://www.youtube.com/@Garden/{tab}")
    assert outcome.ids == [video.video_id for video in getattr(garden, tab)]
    assert (len(outcome.ids), len(set(outcome.ids))) == (size, size)
    assert youtube.counters.total("page") == 1
    assert youtube.counters.total("browse") == continuations
    assert youtube.counters.videos_asked() == set()


def test_a_playlist_is_listed_in_pages_of_a_hundred(youtube: LoopbackYouTube, ytdlp: YtDlp) -> None:
    many = youtube.catalogue.add_channel("Many", videos=230)
    assert len(ytdlp.list(uploads(many)).ids) == 230
    # The HTML, the same with unavailable videos, and two continuations.
    assert (youtube.counters.total("page"), youtube.counters.total("browse")) == (1, 3)


def test_a_flat_entry_tells_what_a_listing_shows(ytdlp: YtDlp, garden: Channel) -> None:
    video, short = garden.videos[0], garden.shorts[0]
    entry = ytdlp.list("https://www.youtube.com/@Garden/videos").entries[0]
    assert (entry["title"], entry["duration"]) == (video.title, 3)
    assert abs(entry["view_count"] - video.views) < 100_000
    entry = ytdlp.list("https://www.youtube.com/@Garden/shorts").entries[0]
    assert (entry["title"], entry["url"].split("/")[-2]) == (short.title, "shorts")
    assert "duration" not in entry


def test_rough_dates_can_be_asked_for(ytdlp: YtDlp, garden: Channel) -> None:
    rough = {"youtubetab": {"approximate_date": [""]}}
    entries = ytdlp.list("https://www.youtube.com/@Garden/videos", extractor_args=rough).entries
    month = 31 * 86_400
    assert abs(entries[0]["timestamp"] - garden.videos[0].uploaded_at.timestamp()) < month


def test_the_playlists_tab_names_the_playlists(ytdlp: YtDlp, garden: Channel) -> None:
    outcome = ytdlp.list("https://www.youtube.com/@Garden/playlists")
    assert outcome.ids == [playlist.playlist_id for playlist in garden.playlists]


def test_only_the_pages_wanted_are_asked_for(youtube: LoopbackYouTube, ytdlp: YtDlp) -> None:
    outcome = ytdlp.list("https://www.youtube.com/@Garden/shorts", playlist_items="1-40")
    assert len(outcome.ids) == 40
    assert youtube.counters.total("browse") == 1


def test_what_is_added_edited_and_removed_shows_at_once(
    youtube: LoopbackYouTube, ytdlp: YtDlp, channel: Channel
) -> None:
    gone, edited = channel.videos[0], channel.videos[1]
    added = youtube.catalogue.add_video(channel, "Just now")
    youtube.catalogue.edit_video(edited.video_id, title="A new title")
    youtube.catalogue.remove_video(gone.video_id)
    for url in (at(channel), uploads(channel)):
        outcome = ytdlp.list(url)
        assert len(outcome.ids) == 6
        assert outcome.ids[:2] == [added.video_id, edited.video_id]
        assert outcome.entries[1]["title"] == "A new title"


def test_a_removed_video_says_so(youtube: LoopbackYouTube, ytdlp: YtDlp, channel: Channel) -> None:
    gone = channel.videos[0].video_id
    youtube.catalogue.remove_video(gone)
    outcome = ytdlp.extract(f"https://www.youtube.com/watch?v={gone}")
    expected = f"ERROR: [youtube] {gone}: Video unavailable. This video has been removed by"
    assert (outcome.error or "").startswith(expected)


def test_a_playlist_keeps_lost_videos_and_strangers(
    youtube: LoopbackYouTube, ytdlp: YtDlp, channel: Channel, garden: Channel
) -> None:
    kept, private, deleted = channel.videos[:3]
    stranger = garden.videos[0]
    mixed = youtube.catalogue.add_playlist(channel, "Mixed", [kept, private, deleted, stranger])
    youtube.fault(private.video_id, Fault.PRIVATE)
    youtube.catalogue.remove_video(deleted.video_id)
    outcome = ytdlp.list(f"https://www.youtube.com/playlist?list={mixed.playlist_id}")
    titles = [kept.title, "[Private video]", "[Deleted video]", stranger.title]
    assert [entry["title"] for entry in outcome.entries] == titles
    assert [e["duration"] for e in outcome.entries] == [3, None, None, 3]
    assert outcome.entries[3]["channel_id"] == garden.channel_id


def test_lost_videos_show_only_when_unavailable_ones_are_asked_for(
    youtube: LoopbackYouTube, ytdlp: YtDlp, channel: Channel
) -> None:
    mixed = youtube.catalogue.add_playlist(channel, "Mixed", channel.videos[:3])
    youtube.fault(channel.videos[0].video_id, Fault.PRIVATE)
    outcome = ytdlp.list(
        f"https://www.youtube.com/playlist?list={mixed.playlist_id}",
        compat_opts=["no-youtube-unavailable-videos"],
    )
    assert outcome.ids == [video.video_id for video in channel.videos[1:3]]


def test_members_only_and_upcoming_show_in_a_listing(
    youtube: LoopbackYouTube, ytdlp: YtDlp, channel: Channel
) -> None:
    youtube.fault(channel.videos[0].video_id, Fault.MEMBERS)
    youtube.fault(channel.videos[1].video_id, Fault.UPCOMING)
    members, upcoming, plain = ytdlp.list(at(channel)).entries[:3]
    assert members["availability"] == "subscriber_only"
    assert (upcoming["live_status"], upcoming["duration"]) == ("is_upcoming", None)
    assert (plain["availability"], plain["live_status"]) == (None, None)


def test_a_channel_may_lack_its_uploads_lists(youtube: LoopbackYouTube, ytdlp: YtDlp) -> None:
    bare = youtube.catalogue.add_channel("NoLists", videos=2, with_uploads_lists=False)
    list_id = "UULF" + bare.channel_id[2:]
    outcome = ytdlp.list(uploads(bare))
    expected = f"ERROR: [youtube:tab] {list_id}: YouTube said: The playlist does not exist."
    assert outcome.error == expected
    assert len(ytdlp.list(at(bare)).ids) == 2


def test_an_empty_channel_is_listed_without_complaint(
    youtube: LoopbackYouTube, ytdlp: YtDlp
) -> None:
    youtube.catalogue.add_channel("Empty")
    outcome = ytdlp.list("https://www.youtube.com/@Empty")
    assert (outcome.error, outcome.ids, outcome.info["id"]) == (None, [], "@Empty")


def test_a_channel_with_shorts_alone_lists_them(youtube: LoopbackYouTube, ytdlp: YtDlp) -> None:
    only = youtube.catalogue.add_channel("OnlyShorts", shorts=2)
    outcome = ytdlp.list("https://www.youtube.com/@OnlyShorts")
    assert outcome.ids == [video.video_id for video in only.shorts]

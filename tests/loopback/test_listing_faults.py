"""Each fault of a listing makes the real yt-dlp say, or hide, what it does with YouTube's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest

from tests.youtube import Channel, Fault, LoopbackYouTube
from tests.youtube.faults import LISTING_TROUBLES, TROUBLES
from tests.youtube.refusals import REFUSALS

from .test_video_faults import ROWS as VIDEO_ROWS
from .ytdlp import YtDlp

ALL = 140
API = "Unable to download API page: "
_numbers = count()


@dataclass(frozen=True)
class Row:
    """What yt-dlp says after "ERROR: " (None: nothing), and how many videos it lists."""

    says: str | None
    inner: str | None = "HTTPError"
    listed: int = 0
    warns: str = ""
    options: dict[str, Any] = field(default_factory=dict)


ROWS: dict[Fault, Row] = {
    Fault.LISTING_429: Row("{id} page 3: " + API + "HTTP Error 429: Too Many Requests"),
    Fault.LISTING_503: Row("{id} page 3: " + API + "HTTP Error 503: Service Unavailable"),
    Fault.LISTING_503_TWICE: Row(
        None,
        None,
        listed=ALL,
        warns="[youtube:tab] HTTP Error 503: Service Unavailable. Retrying (2/3)...",
        options={"extractor_retries": 3},
    ),
    # The dangerous one: an incomplete listing that looks like a complete one.
    Fault.LISTING_EMPTY: Row(
        None, None, listed=90, warns="Incomplete data received. Giving up after 1 retries"
    ),
    Fault.LISTING_RESET: Row(
        "{id} page 3: " + API + "('Unable to connect to proxy', RemoteDisconnected", "ProxyError"
    ),
    Fault.LISTING_HANG: Row(
        "{id} page 3: " + API + "HTTPSConnectionPool(host='www.youtube.com', port=443): Read timed",
        "TransportError",
        options={"socket_timeout": 0.7, "extractor_retries": 0},
    ),
    Fault.HTML_429: Row(
        None, None, listed=ALL, warns="Unable to download webpage: HTTP Error 429: Too Many Requ"
    ),
    Fault.EVERYTHING_429: Row(
        "[youtube:tab] @{handle}/videos: " + API + "HTTP Error 429: Too Many Requests"
    ),
    Fault.EVERYTHING_500: Row(
        "[youtube:tab] @{handle}/videos: " + API + "HTTP Error 500: Internal Server Error"
    ),
    Fault.CHANNEL_TERMINATED: Row(
        "[youtube:tab] @{handle}: YouTube said: This account has been terminated due to "
        "multiple or severe violations of YouTube's policy against spam, deceptive practices, "
        "and misleading content o",
        "ExtractorError",
    ),
}


@pytest.fixture
def channel(youtube: LoopbackYouTube) -> Iterator[Channel]:
    made = youtube.catalogue.add_channel(f"Big{next(_numbers)}", videos=ALL)
    yield made
    youtube.catalogue.remove_channel(made)


def at(channel: Channel) -> str:
    return f"https://www.youtube.com/@{channel.handle}/videos"


@pytest.mark.parametrize("fault", ROWS)
def test_a_fault_of_a_listing_says_what_youtube_makes_yt_dlp_say(
    fault: Fault, youtube: LoopbackYouTube, ytdlp: YtDlp, channel: Channel
) -> None:
    row = ROWS[fault]
    youtube.fault_listing(channel, fault, page=3)
    outcome = ytdlp.list(at(channel), **row.options)
    if row.says is None:
        assert outcome.error is None
    else:
        expected = "ERROR: " + row.says.format(id=channel.channel_id, handle=channel.handle)
        assert (outcome.error or "no exception")[: len(expected)] == expected
    assert outcome.raised == ([] if row.inner is None else ["DownloadError", row.inner])
    assert len(outcome.ids) == row.listed
    assert any(row.warns in warning for warning in ["", *outcome.warnings])


def test_an_incomplete_listing_can_be_made_an_error(
    youtube: LoopbackYouTube, ytdlp: YtDlp, channel: Channel
) -> None:
    youtube.fault_listing(channel, Fault.LISTING_EMPTY, page=2)
    strict = {"youtube": {"raise_incomplete_data": [""]}}
    outcome = ytdlp.list(at(channel), extractor_args=strict)
    assert outcome.error == "ERROR: Incomplete data received"


def test_a_healed_listing_is_whole_again(
    youtube: LoopbackYouTube, ytdlp: YtDlp, channel: Channel
) -> None:
    youtube.fault_listing(channel, Fault.LISTING_429, page=1)
    assert ytdlp.list(at(channel)).error
    youtube.heal(channel)
    assert len(ytdlp.list(at(channel)).ids) == ALL


def test_a_channels_fault_holds_for_its_uploads_lists(
    youtube: LoopbackYouTube, ytdlp: YtDlp, channel: Channel
) -> None:
    youtube.fault_listing(channel, Fault.LISTING_429, page=1)
    outcome = ytdlp.list(f"https://www.youtube.com/playlist?list=UULF{channel.channel_id[2:]}")
    assert outcome.raised == ["DownloadError", "HTTPError"]
    assert f"UULF{channel.channel_id[2:]} page 1: " in (outcome.error or "")


@pytest.mark.parametrize("fault", [Fault.PLAYLIST_PRIVATE, Fault.PRIVATE])
def test_a_private_playlist_does_not_exist_for_us(
    fault: Fault, youtube: LoopbackYouTube, ytdlp: YtDlp, garden: Channel
) -> None:
    playlist = garden.playlists[1]
    youtube.fault_listing(playlist, fault)
    outcome = ytdlp.list(f"https://www.youtube.com/playlist?list={playlist.playlist_id}")
    youtube.heal(playlist)
    said = "YouTube said: The playlist does not exist."
    assert outcome.error == f"ERROR: [youtube:tab] {playlist.playlist_id}: {said}"


MISTAKES = {
    "@NoSuchChannel/videos": "[youtube:tab] @NoSuchChannel/videos: "
    + API
    + "HTTP Error 404: Not Found (caused by <HTTPError 404: Not Found>)",
    "@Garden/podcasts": "[youtube:tab] @Garden: This channel does not have a podcasts tab",
    "@Garden/live": "[youtube:tab] @Garden: The channel is not currently live",
    "playlist?list=PLdoesnotexist00000000000000000000": "[youtube:tab] "
    "PLdoesnotexist00000000000000000000: YouTube said: The playlist does not exist.",
    "watch?v=doesntexist": "[youtube] doesntexist: Video unavailable",
    "watch?v=abc": "[youtube:truncated_id] abc: Incomplete YouTube ID abc. "
    "URL https://www.youtube.com/watch?v=abc looks truncated.",
    "t/terms": "Unsupported URL: https://www.youtube.com/t/terms",
}


@pytest.mark.parametrize("path", MISTAKES)
def test_a_wrong_address_says_what_youtube_makes_yt_dlp_say(path: str, ytdlp: YtDlp) -> None:
    outcome = ytdlp.list(f"https://www.youtube.com/{path}", extractor_retries=0)
    expected = "ERROR: " + MISTAKES[path]
    assert (outcome.error or "no exception")[: len(expected)] == expected


def test_every_fault_has_a_row_in_a_table() -> None:
    elsewhere = {
        Fault.CAPTIONS_429,
        Fault.THUMBNAILS_404,
        Fault.LIVE_NOW,
        Fault.PLAYLIST_PRIVATE,
    }
    assert set(Fault) == {*VIDEO_ROWS, *ROWS, *elsewhere}
    shaped = {Fault.DRM, Fault.NO_FORMATS, Fault.SABR_ONLY, Fault.MISMATCH, Fault.MEDIA_SHORT}
    known = {*TROUBLES, *LISTING_TROUBLES, *REFUSALS, *shaped, *elsewhere, Fault.CHANNEL_TERMINATED}
    assert set(Fault) == known


def test_one_tab_or_one_uploads_list_can_be_at_fault_alone(
    youtube: LoopbackYouTube, ytdlp: YtDlp, channel: Channel
) -> None:
    uploads = "UULF" + channel.channel_id[2:]
    youtube.fault_listing(uploads, Fault.PLAYLIST_PRIVATE)
    assert ytdlp.list(f"https://www.youtube.com/playlist?list={uploads}").error
    assert len(ytdlp.list(at(channel)).ids) == ALL
    youtube.heal(uploads)
    youtube.fault_listing(f"{channel.channel_id}/videos", Fault.EVERYTHING_429)
    assert ytdlp.list(at(channel)).raised == ["DownloadError", "HTTPError"]
    assert len(ytdlp.list(f"https://www.youtube.com/playlist?list={uploads}").ids) == ALL

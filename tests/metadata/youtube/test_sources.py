"""What is taken for a YouTube address, what is refused, and that it comes back the same."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yt_dlp import YoutubeDL

from metadata.youtube.client.options import ALLOWED_EXTRACTORS
from metadata.youtube.sources import (
    Source,
    SourceKind,
    SourceRefused,
    Tab,
    channel_tab_url,
    channel_url,
    is_channel_id,
    is_playlist_id,
    is_video_id,
    parse_source,
    playlist_url,
    uploads_list,
    video_url,
)

CHANNEL, PLAYLIST, VIDEO = SourceKind.CHANNEL, SourceKind.PLAYLIST, SourceKind.VIDEO
SITE = "https://www.youtube.com"
VIDEO_ID = "dQw4w9WgXcQ"
DASHED = "-_dQw4w9Wg-"
LIST_ID = "PLSi28iDfECJPJYFA4wjlF5KUucFvc0qbQ"
OLD_LIST_ID = "PL63F0C78739B09958"
CHANNEL_ID = "UCKlga_SQ2wMG3AueamooTHM"
UPLOADS = "UUKlga_SQ2wMG3AueamooTHM"
ALBUM = "OLAK5uy_m4xAFdmMC5rX3Ji3g93pQe3hqLZw_9LhM"

A_VIDEO = Source(VIDEO, VIDEO_ID)
A_LIST = Source(PLAYLIST, LIST_ID)


@pytest.mark.parametrize(
    ("text", "source"),
    [
        (f"{SITE}/watch?v={VIDEO_ID}", A_VIDEO),
        (f"http://www.youtube.com/watch?v={VIDEO_ID}", A_VIDEO),
        (f"HTTPS://WWW.YouTube.COM/watch?v={VIDEO_ID}", A_VIDEO),
        (f"https://youtube.com/watch?v={VIDEO_ID}&t=42s", A_VIDEO),
        (f"https://m.youtube.com/watch?app=desktop&v={VIDEO_ID}", A_VIDEO),
        (f"https://music.youtube.com/watch?v={VIDEO_ID}&list=RDAMVM{VIDEO_ID}", A_VIDEO),
        (f"{SITE}/watch?v={VIDEO_ID}&list={LIST_ID}&index=3", A_VIDEO),
        (f"{SITE}/watch?list={LIST_ID}&v={VIDEO_ID}", A_VIDEO),
        (f"{SITE}/watch?v={VIDEO_ID}&list=WL", A_VIDEO),
        (f"{SITE}/watch/?v={VIDEO_ID}#comments", A_VIDEO),
        (f"{SITE}:443/watch?v={VIDEO_ID}", A_VIDEO),
        (f"http://youtube.com:80/watch?v={VIDEO_ID}", A_VIDEO),
        (f"https://youtu.be/{VIDEO_ID}", A_VIDEO),
        (f"https://youtu.be/{VIDEO_ID}?si=abc&list={LIST_ID}", A_VIDEO),
        (f"{SITE}/shorts/{VIDEO_ID}", A_VIDEO),
        (f"{SITE}/live/{VIDEO_ID}?feature=share", A_VIDEO),
        (f"{SITE}/embed/{VIDEO_ID}", A_VIDEO),
        (f"{SITE}/v/{VIDEO_ID}", A_VIDEO),
        (f"https://www.youtube-nocookie.com/embed/{VIDEO_ID}", A_VIDEO),
        (f"https://youtube-nocookie.com/embed/{VIDEO_ID}/", A_VIDEO),
        (f"{SITE}/watch?v={DASHED}", Source(VIDEO, DASHED)),
        (f"https://youtu.be/{DASHED}", Source(VIDEO, DASHED)),
        (VIDEO_ID, A_VIDEO),
        (DASHED, Source(VIDEO, DASHED)),
        (f"  {VIDEO_ID}\n", A_VIDEO),
        (f"{SITE}/playlist?list={LIST_ID}", A_LIST),
        (f"https://music.youtube.com/playlist?list={ALBUM}", Source(PLAYLIST, ALBUM)),
        (f"{SITE}/playlist?list={OLD_LIST_ID}", Source(PLAYLIST, OLD_LIST_ID)),
        (f"{SITE}/playlist?list={UPLOADS}", Source(PLAYLIST, UPLOADS)),
        (f"{SITE}/playlist?list=UULF{UPLOADS[2:]}", Source(PLAYLIST, f"UULF{UPLOADS[2:]}")),
        (f"{SITE}/watch?list={LIST_ID}", A_LIST),
        (f"{SITE}/embed/videoseries?list={LIST_ID}", A_LIST),
        (LIST_ID, A_LIST),
        (f"{SITE}/@Handle", Source(CHANNEL, "@Handle")),
        (f"{SITE}/@Handle/", Source(CHANNEL, "@Handle")),
        (f"{SITE}/%40Handle", Source(CHANNEL, "@Handle")),
        (f"{SITE}/@Handle/featured", Source(CHANNEL, "@Handle")),
        (f"{SITE}/@Handle/videos?view=0&sort=dd", Source(CHANNEL, "@Handle", Tab.VIDEOS)),
        ("https://m.youtube.com/@Handle/shorts", Source(CHANNEL, "@Handle", Tab.SHORTS)),
        (f"{SITE}/@Handle/streams", Source(CHANNEL, "@Handle", Tab.STREAMS)),
        (f"{SITE}/@Handle/playlists/", Source(CHANNEL, "@Handle", Tab.PLAYLISTS)),
        (f"{SITE}/@a.b-c_d·e", Source(CHANNEL, "@a.b-c_d·e")),
        (f"{SITE}/@ИгорьКлейнер", Source(CHANNEL, "@ИгорьКлейнер")),
        (f"{SITE}/@%D0%98%D0%B3%D0%BE%D1%80%D1%8C", Source(CHANNEL, "@Игорь")),
        (f"{SITE}/@हिन्दी", Source(CHANNEL, "@हिन्दी")),
        (f"{SITE}/channel/{CHANNEL_ID}", Source(CHANNEL, CHANNEL_ID)),
        (f"{SITE}/channel/{CHANNEL_ID}/shorts", Source(CHANNEL, CHANNEL_ID, Tab.SHORTS)),
        (f"{SITE}/c/Name", Source(CHANNEL, "c/Name")),
        (f"{SITE}/c/Name/playlists", Source(CHANNEL, "c/Name", Tab.PLAYLISTS)),
        (f"{SITE}/user/Name/videos", Source(CHANNEL, "user/Name", Tab.VIDEOS)),
        ("@Handle", Source(CHANNEL, "@Handle")),
        (CHANNEL_ID, Source(CHANNEL, CHANNEL_ID)),
    ],
)  # fmt: skip
def test_a_youtube_address_is_kind_and_id(text: str, source: Source) -> None:
    assert parse_source(text) == source


REFUSED = {
    "empty": ["", "   ", "\n"],
    "longer than 2048": [f"{SITE}/watch?v={VIDEO_ID}&x=" + "a" * 2048, "a" * 2049],
    "space, backslash or invisible": [
        "some words",
        f"{SITE}/watch?v={VIDEO_ID} --exec=id",
        f"{SITE}/watch?v={VIDEO_ID}\n--exec=id",
        f"{SITE}/watch?v={VIDEO_ID}\x00",
        f"https://www.youtu\tbe.com/watch?v={VIDEO_ID}",
        f"{SITE}\\@127.0.0.1/watch?v={VIDEO_ID}",
        f"{SITE}/@Han\u200bdle",
        f"{SITE}/@Han\u202edle",
        f"{SITE}/@Han\ud800dle",
        f"{SITE}/@Han\u00a0dle",
        f"\x1b[0m{VIDEO_ID}",
    ],
    "not an http or https address of YouTube": [
        f"https://www.youtube.com@127.0.0.1/watch?v={VIDEO_ID}",
        f"https://user:password@www.youtube.com/watch?v={VIDEO_ID}",
        f"https://@www.youtube.com/watch?v={VIDEO_ID}",
        f"https://www.youtube.com:8443/watch?v={VIDEO_ID}",
        f"https://www.youtube.com:80:443/watch?v={VIDEO_ID}",
        f"https://www.youtube.com:/watch?v={VIDEO_ID}",
        f"https://www.youtube.com:x/watch?v={VIDEO_ID}",
        f"https://www.youtube.com./watch?v={VIDEO_ID}",
        f"https://youtube.com.example.org/watch?v={VIDEO_ID}",
        f"https://notyoutube.com/watch?v={VIDEO_ID}",
        f"https://evil.youtube.com/watch?v={VIDEO_ID}",
        f"https://consent.youtube.com/m?continue={SITE}/watch?v={VIDEO_ID}",
        f"https://www.youtube.co/watch?v={VIDEO_ID}",
        f"https://www.youtube.com%2f@127.0.0.1/watch?v={VIDEO_ID}",
        f"https://www.y\u043eutube.com/watch?v={VIDEO_ID}",  # a Cyrillic o
        f"https://youtube-noco\u212aie.com/embed/{VIDEO_ID}",  # the Kelvin sign, k when lowered
        f"https://www.youtube\u3002com/watch?v={VIDEO_ID}",  # an ideographic full stop
        f"https://xn--yutube-4nf.com/watch?v={VIDEO_ID}",
        f"https://\uff59outube.com/watch?v={VIDEO_ID}",
        f"//www.youtube.com/watch?v={VIDEO_ID}",
        f"www.youtube.com/watch?v={VIDEO_ID}",
        f"https:www.youtube.com/watch?v={VIDEO_ID}",
        f"https:///watch?v={VIDEO_ID}",
        f"ftp://www.youtube.com/watch?v={VIDEO_ID}",
        "file:///etc/passwd",
        "ytsearch:cats",
        "ytsearch10:cats",
        "javascript:alert(1)",
        "data:text/html,x",
        "--config-locations=/x",
        "-o/etc/passwd",
        "https://vimeo.com/123456",
        "https://127.0.0.1/watch?v=" + VIDEO_ID,
        "https://[::1]/watch?v=" + VIDEO_ID,
        "http://youtu.be@evil/",
        "Handle",
        "@ab",
        "@...",
        f"@{'a' * 61}",
        CHANNEL_ID[:-1],
        CHANNEL_ID + "x",
        LIST_ID[:-1],
        LIST_ID + "x",
        VIDEO_ID[:-1],
        VIDEO_ID + "x",
        "dQw4w9WgXc\u0661",  # an Arabic digit
        "WL",
        "c/Name",
    ],
    "cannot be read": [
        f"https://[www.youtube.com/watch?v={VIDEO_ID}",
        f"{SITE}/@%ff%fe%fd",
        f"https://www.youtube\u2100.com/watch?v={VIDEO_ID}",  # becomes a/c, with a slash
    ],
    "video's id is missing or cut short": [
        f"{SITE}/watch?v={VIDEO_ID[:-1]}",
        f"{SITE}/watch?v={VIDEO_ID}x",
        f"{SITE}/watch?v=abc&list={LIST_ID}",
        f"{SITE}/watch?v=../../../../etc",
        f"{SITE}/shorts/{VIDEO_ID}/x",
        f"{SITE}/shorts",
        f"{SITE}/live/{VIDEO_ID[:-1]}%00",
        "https://youtu.be/",
        "https://youtu.be",
        f"https://youtu.be/{VIDEO_ID[:-1]}",
        "https://youtu.be/@Handle",
    ],
    "playlist's id is missing or cut short": [
        f"{SITE}/playlist",
        f"{SITE}/watch",
        f"{SITE}/embed/videoseries",
        f"{SITE}/watch?v=",
        f"{SITE}/playlist?list=",
        f"{SITE}/playlist?list={LIST_ID[:-1]}",
        f"{SITE}/playlist?list={LIST_ID}x",
        f"{SITE}/playlist?list={OLD_LIST_ID[:-1]}",
        f"{SITE}/playlist?list={VIDEO_ID}",
        f"{SITE}/playlist?list={CHANNEL_ID}",
        f"{SITE}/playlist?list={UPLOADS[:-1]}",
        f"{SITE}/playlist?list={ALBUM[:-1]}",
    ],
    "private one or an endless mix": [
        f"{SITE}/playlist?list=WL",
        f"{SITE}/playlist?list=LL",
        f"{SITE}/playlist?list=LM",
        f"{SITE}/playlist?list=HL",
        f"{SITE}/playlist?list=LL{CHANNEL_ID[2:]}",
        f"{SITE}/playlist?list=RD{VIDEO_ID}",
        f"{SITE}/playlist?list=RDMM",
        f"{SITE}/watch?list=RDCLAK5uy_abc",
        f"{SITE}/playlist?list=UL{VIDEO_ID}",
        f"{SITE}/playlist?list=TLGGrESM50VT6acwMjAyMjAxNw",
    ],
    "not a channel, playlist or video": [
        SITE,
        f"{SITE}/",
        f"{SITE}//watch?v={VIDEO_ID}",
        f"{SITE}/results?search_query=cats",
        f"{SITE}/feed/subscriptions",
        f"{SITE}/feed/history",
        f"{SITE}/redirect?q=https://example.org/",
        f"{SITE}/hashtag/cats",
        f"{SITE}/t/terms",
        f"{SITE}/clip/Ugkx",
        f"{SITE}/Handle",
        f"{SITE}/@ab",
        f"{SITE}/@Handle/live",
        f"{SITE}/@Handle/about",
        f"{SITE}/@Handle/community",
        f"{SITE}/@Handle/videos/x",
        f"{SITE}/@Handle%2Fvideos",
        f"{SITE}/@Han%0Adle",
        f"{SITE}/@Han%00dle",
        f"{SITE}/@Han<dle",
        f"{SITE}/channel/{CHANNEL_ID[:-1]}",
        f"{SITE}/channel/@Handle",
        f"{SITE}/channel",
        f"{SITE}/c/..",
        f"{SITE}/c/%2e%2e/videos",
        f"{SITE}/c/",
        f"{SITE}/c/{'a' * 101}",
        f"{SITE}/user/--x!",
        f"{SITE}/watch/{VIDEO_ID}",
        f"{SITE}/playlists/@Handle",
        f"{SITE}/browse/MPREb_abc",
    ],
}


@pytest.mark.parametrize(
    ("text", "why"), [(text, why) for why, texts in REFUSED.items() for text in texts]
)
def test_everything_else_is_refused_with_its_reason(text: str, why: str) -> None:
    with pytest.raises(SourceRefused, match=re.escape(why)) as refused:
        parse_source(text)
    said = str(refused.value)
    assert said.endswith(".")
    assert "\n" not in said
    assert "give the address of a YouTube channel, playlist or video" in said


@pytest.mark.parametrize(
    ("text", "expect"), [(VIDEO_ID, VIDEO), (LIST_ID, PLAYLIST), ("@Handle", CHANNEL)]
)
def test_the_expected_kind_is_accepted(text: str, expect: SourceKind) -> None:
    assert parse_source(text, expect=expect).kind is expect


@pytest.mark.parametrize(
    ("text", "expect", "said"),
    [
        (VIDEO_ID, CHANNEL, "This is a video, but a channel is wanted here; "),
        (LIST_ID, VIDEO, "This is a playlist, but a video is wanted here; "),
        ("@Handle", PLAYLIST, "This is a channel, but a playlist is wanted here; "),
    ],
)
def test_another_kind_is_refused(text: str, expect: SourceKind, said: str) -> None:
    with pytest.raises(SourceRefused, match=said):
        parse_source(text, expect=expect)


@pytest.mark.parametrize(
    ("source", "url"),
    [
        (A_VIDEO, f"{SITE}/watch?v={VIDEO_ID}"),
        (Source(VIDEO, DASHED), f"{SITE}/watch?v={DASHED}"),
        (A_LIST, f"{SITE}/playlist?list={LIST_ID}"),
        (Source(CHANNEL, "@Handle"), f"{SITE}/@Handle"),
        (Source(CHANNEL, "@Игорь"), f"{SITE}/@%D0%98%D0%B3%D0%BE%D1%80%D1%8C"),
        (Source(CHANNEL, CHANNEL_ID, Tab.STREAMS), f"{SITE}/channel/{CHANNEL_ID}/streams"),
        (Source(CHANNEL, "c/Name", Tab.VIDEOS), f"{SITE}/c/Name/videos"),
        (Source(CHANNEL, "user/Name"), f"{SITE}/user/Name"),
    ],
)
def test_the_address_is_rebuilt_from_kind_and_id(source: Source, url: str) -> None:
    assert source.url == url


@pytest.mark.parametrize(
    "source",
    [
        Source(VIDEO, "../x"),
        Source(VIDEO, VIDEO_ID + "&list=x"),
        Source(PLAYLIST, "WL"),
        Source(CHANNEL, "@a/../../x"),
        Source(CHANNEL, "c/.."),
        Source(CHANNEL, "feed/history"),
        Source(CHANNEL, "", Tab.VIDEOS),
    ],
)
def test_no_address_is_built_from_what_is_no_id(source: Source) -> None:
    with pytest.raises(SourceRefused):
        _ = source.url


@pytest.mark.parametrize(
    ("channel", "tab", "expected"),
    [
        (CHANNEL_ID, Tab.VIDEOS, "UULFKlga_SQ2wMG3AueamooTHM"),
        (CHANNEL_ID, Tab.SHORTS, "UUSHKlga_SQ2wMG3AueamooTHM"),
        (CHANNEL_ID, Tab.STREAMS, "UULVKlga_SQ2wMG3AueamooTHM"),
        (CHANNEL_ID, Tab.PLAYLISTS, None),
        ("@Handle", Tab.VIDEOS, None),
        ("c/Name", Tab.VIDEOS, None),
    ],
)
def test_a_tab_of_a_channel_id_has_an_uploads_list(
    channel: str, tab: Tab, expected: str | None
) -> None:
    assert uploads_list(channel, tab) == expected
    assert expected is None or is_playlist_id(expected)


@pytest.mark.parametrize("suffix", ["\n", " ", "\x00", "x"])
def test_ids_are_matched_whole(suffix: str) -> None:
    assert is_video_id(VIDEO_ID)
    assert not is_video_id(VIDEO_ID + suffix)
    assert is_playlist_id(LIST_ID)
    assert not is_playlist_id(LIST_ID + suffix)
    assert is_channel_id(CHANNEL_ID)
    assert not is_channel_id(CHANNEL_ID + suffix)


ID_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-"


def ids(prefix: str, length: int) -> st.SearchStrategy[str]:
    return st.text(ID_LETTERS, min_size=length, max_size=length).map(lambda tail: prefix + tail)


names = st.from_regex(r"[\w.\-·]{3,30}", fullmatch=True).filter(
    lambda name: any(map(str.isalnum, name))
)
channels = st.one_of(
    ids("UC", 22), names.map("@{}".format), names.map("c/{}".format), names.map("user/{}".format)
)
sources = st.one_of(
    ids("", 11).map(lambda text: Source(VIDEO, text)),
    st.one_of(ids("PL", 32), ids("UU", 22), ids("UULF", 22), ids("OLAK5uy_", 33)).map(
        lambda text: Source(PLAYLIST, text)
    ),
    st.builds(Source, st.just(CHANNEL), channels, st.none() | st.sampled_from(Tab)),
)
PIECES = [
    "https://", "http:", "//", "www.youtube.com", "youtu.be", "/", "watch", "?v=", "&list=", "@",
    "%", "%ff", "[", "]", ":80", "c", "channel", "#", ";", "\\", VIDEO_ID, LIST_ID,
]  # fmt: skip
like_urls = st.lists(st.sampled_from(PIECES) | st.text(max_size=5)).map("".join)


@given(sources)
def test_an_address_comes_back_as_its_source(source: Source) -> None:
    assert parse_source(source.url) == source


@given(st.text(st.characters(), max_size=100) | like_urls)
def test_any_text_is_a_source_or_refused(text: str) -> None:
    try:
        source = parse_source(text)
    except SourceRefused:
        return
    assert parse_source(source.url) == source
    assert source.url.startswith(f"{SITE}/")
    assert source.url.isascii()


@pytest.fixture(scope="module")
def walled() -> YoutubeDL:
    return YoutubeDL({"allowed_extractors": list(ALLOWED_EXTRACTORS), "quiet": True})


@pytest.mark.parametrize(
    ("url", "extractor"),
    [
        (video_url(VIDEO_ID), "Youtube"),
        (video_url(DASHED), "Youtube"),
        (playlist_url(LIST_ID), "YoutubeTab"),
        (playlist_url(ALBUM), "YoutubeTab"),
        (playlist_url("UULF" + UPLOADS[2:]), "YoutubeTab"),
        (channel_url("@Handle"), "YoutubeTab"),
        (channel_url("@Игорь"), "YoutubeTab"),
        (channel_url(CHANNEL_ID), "YoutubeTab"),
        (channel_url("c/Name"), "YoutubeTab"),
        (channel_tab_url("user/Name", Tab.SHORTS), "YoutubeTab"),
    ],
)
def test_the_allowed_extractors_know_every_canonical_address(
    walled: YoutubeDL, url: str, extractor: str
) -> None:
    suitable = [key for key, ie in walled._ies.items() if ie.suitable(url)]
    assert suitable == [extractor]

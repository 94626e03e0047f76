"""How the pages say things: durations, dates, numbers, descriptions, badges, languages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels_app.models import Track, TrackFile
from channels_app.pages import badges, descriptions, humanize, player
from channels_app.states import SourceState, State

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "clock", "spoken"),
    [
        (0, "0:00", "0 seconds"),
        (7.4, "0:07", "7 seconds"),
        (61, "1:01", "1 minute 1 second"),
        (754, "12:34", "12 minutes 34 seconds"),
        (3600, "1:00:00", "1 hour"),
        (3723, "1:02:03", "1 hour 2 minutes 3 seconds"),
        (-5, "0:00", "0 seconds"),
    ],
)
def test_durations(seconds: float, clock: str, spoken: str) -> None:
    assert (humanize.clock(seconds), humanize.spoken(seconds)) == (clock, spoken)


@pytest.mark.parametrize(
    ("passed", "words"),
    [
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(hours=23), "23 hours ago"),
        (timedelta(days=1), "1 day ago"),
        (timedelta(days=13), "1 week ago"),
        (timedelta(days=59), "1 month ago"),
        (timedelta(days=364), "12 months ago"),
        (timedelta(days=730), "2 years ago"),
        (timedelta(days=-2), "on 23 November 2026"),
    ],
)
def test_dates(passed: timedelta, words: str) -> None:
    assert humanize.ago(NOW - passed, at=NOW) == words


@pytest.mark.parametrize(
    ("number", "words"),
    [(0, "0"), (999, "999"), (1000, "1K"), (1299, "1.2K"), (35_900, "35K"), (999_999, "999K"),
     (1_000_000, "1M"), (2_500_000_000, "2.5B")],
)  # fmt: skip
def test_numbers(number: int, words: str) -> None:
    assert humanize.compact(number) == words


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("a & <b>", "a &amp; &lt;b&gt;"),
        ("(see https://a.org/x_(y).)", ">https://a.org/x_(y)</a>.)"),
        ("https://a.org/?q=1&r='2", 'href="https://a.org/?q=1&amp;r="'),
        ("http://a.org, and", ">http://a.org</a>, and"),
        ("javascript:alert(1)", "javascript:alert(1)"),
        ("data:text/html,x", "data:text/html,x"),
        ("at 1:02:03", '<a href="?t=3723" data-seek="3723">1:02:03</a>'),
        ("0:07 start", 'data-seek="7">0:07</a>'),
        ("ratio 16:9:1:2 and 1.2:30", "ratio 16:9:1:2 and 1.2:30"),
    ],
)
def test_descriptions_are_linked_and_escaped(text: str, html: str) -> None:
    assert html in descriptions.as_html(text)


@given(st.text(alphabet="ab:/.<>\"'& 0129()htps\n", max_size=120))
def test_no_description_writes_a_tag_of_its_own(text: str) -> None:
    html = str(descriptions.as_html(text))
    for tag in html.split("<")[1:]:
        assert tag.startswith(("a href=", "/a>"))
    assert html.count("<a ") == html.count("</a>")


def test_every_state_has_its_words() -> None:
    for source in set(SourceState) - {SourceState.UNKNOWN, SourceState.PUBLIC}:
        assert badges.source_badge(Track(source_state=source)) is not None
    for state in set(State) - {State.AVAILABLE}:
        assert badges.state_badge(Track(state=state)) is not None
    here = Track(state=State.AVAILABLE, source_state=SourceState.PUBLIC)
    assert badges.source_badge(here) is badges.state_badge(here) is None


@pytest.mark.parametrize(
    ("code", "name"),
    [("en", "English"), ("de", "German"), ("en-GB", "British English"), ("pt-BR", None),
     ("zh-Hans", None), ("en-orig", "English"), ("xx-unknown", "xx-unknown"), ("", "Subtitles")],
)  # fmt: skip
def test_languages_are_named(code: str, name: str | None) -> None:
    assert player.language_name(code) == name or name is None


def test_the_best_video_is_tried_first_and_written_subtitles_before_heard_ones() -> None:
    files = [
        TrackFile(kind="video", relative_path="a.mp4", height=360),
        TrackFile(kind="video", relative_path="b.webm", height=1080),
        TrackFile(kind="video", relative_path="c.mkv", height=720),
        TrackFile(kind="audio", relative_path="d.m4a"),
        TrackFile(kind="subtitle", relative_path="a.en.vtt", language="en", automatic=True),
        TrackFile(kind="subtitle", relative_path="a.fr.srt", language="fr"),
        TrackFile(kind="subtitle", relative_path="a.de.ass", language="de"),
    ]
    assert [each.type for each in player.sources(files)] == ["video/webm", "", "video/mp4"]
    assert [each.label for each in player.subtitles(files)] == ["French", "English (automatic)"]
    assert [each.type for each in player.sources(files[3:])] == ["audio/mp4"]


@pytest.mark.parametrize("told", [None, {}, "text", 5, [None], [{"start_time": -1, "title": "x"}]])
def test_odd_chapters_are_none(told: object) -> None:
    assert player.chapters(told) == []

"""The Range header as a table: what is asked of ten bytes, and what is sent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels_app.media.ranges import UNSATISFIABLE, Slice, is_fresh, requested

WHOLE = None
SIZE = 10

TABLE = [
    ("bytes=0-0", (0, 0)),
    ("bytes=0-9", (0, 9)),
    ("bytes=3-5", (3, 5)),
    ("bytes=9-9", (9, 9)),
    ("bytes=3-", (3, 9)),
    ("bytes=0-", (0, 9)),
    ("bytes=-1", (9, 9)),
    ("bytes=-10", (0, 9)),
    ("bytes=-11", (0, 9)),
    ("bytes=5-99999999999999999999999", (5, 9)),
    ("bytes=00000000000000000000000003-5", (3, 5)),
    ("Bytes=1-2", (1, 2)),
    ("bytes= 1-2 ", (1, 2)),
    ("bytes=1-2,", (1, 2)),
    # Past the end, and nothing at all of the end.
    ("bytes=10-", UNSATISFIABLE),
    ("bytes=10-20", UNSATISFIABLE),
    ("bytes=99999999999999999999999-", UNSATISFIABLE),
    ("bytes=-0", UNSATISFIABLE),
    # Reversed, several, malformed, not bytes: as good as no header.
    ("bytes=5-3", WHOLE),
    ("bytes=20-15", WHOLE),
    ("bytes=0-1,3-4", WHOLE),
    ("bytes=0-,0-,0-,0-", WHOLE),
    ("bytes=-", WHOLE),
    ("bytes=", WHOLE),
    ("bytes", WHOLE),
    ("bytes=a-b", WHOLE),
    ("bytes=1-b", WHOLE),
    ("bytes=--1", WHOLE),
    ("bytes=+1-2", WHOLE),
    ("bytes=1 - 2", WHOLE),
    ("bytes=0x1-2", WHOLE),
    ("bytes=1.0-2", WHOLE),
    ("bytes=١-٢", WHOLE),
    ("bytes:1-2", WHOLE),
    ("items=1-2", WHOLE),
    ("", WHOLE),
    (None, WHOLE),
]


@pytest.mark.parametrize(("header", "sent"), TABLE)
def test_what_is_asked_is_what_is_sent(header: str | None, sent: object) -> None:
    found = requested(header, SIZE)
    assert ((found.first, found.last) if isinstance(found, Slice) else found) == sent


@pytest.mark.parametrize("header", ["bytes=0-0", "bytes=0-", "bytes=-1", "bytes=-0"])
def test_nothing_of_an_empty_file_can_be_sent(header: str) -> None:
    assert requested(header, 0) == UNSATISFIABLE


def test_only_a_range_without_an_end_is_open() -> None:
    opened = {header: requested(header, SIZE) for header in ("bytes=3-", "bytes=3-9", "bytes=-3")}
    assert [isinstance(each, Slice) and each.open_ended for each in opened.values()] == [
        True,
        False,
        False,
    ]


def test_a_piece_is_never_longer_than_asked() -> None:
    assert Slice(3, 9).at_most(2) == Slice(3, 4)
    assert Slice(3, 9).at_most(100) == Slice(3, 9)
    assert Slice(3, 4).content_range(SIZE) == "bytes 3-4/10"


@given(st.text(max_size=40), st.integers(0, 100))
def test_no_header_breaks_it_and_no_slice_leaves_the_file(text: str, size: int) -> None:
    for header in (text, f"bytes={text}"):
        found = requested(header, size)
        if isinstance(found, Slice):
            assert 0 <= found.first <= found.last < size


@pytest.mark.parametrize(
    ("if_range", "fresh"),
    [
        (None, True),
        ('"a"', True),
        ("Sun, 01 Nov 2026 12:00:00 GMT", True),
        ('"b"', False),
        ('W/"a"', False),
        ('"a", "b"', False),
        ("Sun, 01 Nov 2026 12:00:01 GMT", False),
        ("*", False),
        ("", False),
    ],
)
def test_if_range_means_this_very_file(if_range: str | None, fresh: bool) -> None:
    date = "Sun, 01 Nov 2026 12:00:00 GMT"
    assert is_fresh(if_range, etag='"a"', last_modified=date) is fresh

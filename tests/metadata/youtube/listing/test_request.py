"""The child's parameters: ranges of a playlist."""

from __future__ import annotations

import pytest

from metadata.youtube.listing.request import ListingRequest, ranges


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ()),
        ("3", (range(3, 4),)),
        ("1-20,25", (range(1, 21), range(25, 26))),
        (" 1 - 2 , 4 ", (range(1, 3), range(4, 5))),
    ],
)
def test_a_range_names_places_from_one(text: str, expected: tuple[range, ...]) -> None:
    assert ranges(text) == expected


@pytest.mark.parametrize("text", ["0", "5-1", "a", "1-", "-3", "1,,2", "1-2-3", "²", "9" * 30])
def test_what_is_no_range_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a range such as 1-20"):
        ranges(text)


def test_a_range_says_when_nothing_more_can_come() -> None:
    asked = ListingRequest("playlist", "PL", ranges=ranges("1-3,25"))
    assert [place for place in range(1, 30) if asked.wants(place)] == [1, 2, 3, 25]
    assert not asked.is_past(24)
    assert asked.is_past(25)
    assert not ListingRequest("playlist", "PL").is_past(10**9)

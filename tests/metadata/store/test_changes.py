# ruff: noqa: E501  (a rule is one line)
"""Which knowledge replaces which."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from metadata.store.changes import Source, Update, known, update

NOW = datetime(2026, 1, 10, tzinfo=UTC)
VIDEO = "aaaaaaaaaaa"


def row(**columns: Any) -> dict[str, Any]:
    empty: dict[str, Any] = dict.fromkeys(
        ("title", "description", "availability", "live_status", "thumbnail", "channel"), ""
    )
    counts: dict[str, Any] = dict.fromkeys(
        ("view_count", "like_count", "duration", "is_live", "was_live")
    )
    places = {"playlist_id": "", "playlist_index": None, "playlist_title": ""}
    stamps = {"full_at": None, "counts_recorded_at": NOW, "epoch": None}
    return {"pk": 1, "extra": {}, "tags": []} | empty | counts | places | stamps | columns


def planned(
    before: dict[str, Any], source: Source, /, *, at: datetime = NOW, **info: Any
) -> Update:
    found = known({"id": VIDEO, **info})
    assert found
    return update(row(**before), found, source, at=at)


RULES: list[tuple[str, dict[str, Any], Source, dict[str, Any], dict[str, Any]]] = [
    ("the same is no change", {"title": "A"}, "flat", {"title": "A"}, {}),
    ("a listing is right about the title", {"title": "A"}, "flat", {"title": "B"}, {"title": "B"}),
    ("a listing blanks nothing", {"description": "long"}, "flat", {"description": None}, {}),
    ("nor does a full look", {"description": "long"}, "full", {"description": None}, {}),
    ("a listing's description is cut", {"description": "long"}, "flat", {"description": "lo…"}, {}),
    ("but better than none", {}, "flat", {"description": "lo…"}, {"description": "lo…"}),
    ("a full look is right", {"description": "a"}, "full", {"description": "b"}, {"description": "b"}),
    ("a listing's picture fills", {}, "flat", {"thumbnail": "http://a"}, {"thumbnail": "http://a"}),
    ("a listing's picture replaces none", {"thumbnail": "http://a"}, "flat", {"thumbnail": "http://b"}, {}),
    ("views of the same rounding stay", {"view_count": 29_412}, "flat", {"view_count": 29_000}, {}),
    ("views rounded up stay", {"view_count": 29_612}, "flat", {"view_count": 30_000}, {}),
    ("views that grew are taken", {"view_count": 28_900}, "flat", {"view_count": 30_000}, {"view_count": 30_000}),
    ("rounded ones grow step by step", {"view_count": 29_000}, "flat", {"view_count": 30_000}, {"view_count": 30_000}),
    ("a listing's exact views are taken", {"view_count": 29_412}, "flat", {"view_count": 29_413}, {"view_count": 29_413}),
    ("few views are exact", {"view_count": 10}, "flat", {"view_count": 11}, {"view_count": 11}),
    ("a full look may count less", {"view_count": 30_000}, "full", {"view_count": 29_412}, {"view_count": 29_412}),
    ("a lost one keeps its title", {"title": "A"}, "flat", {"title": "[Private video]"}, {"availability": "private"}),
    ("one that is back is public", {"availability": "private", "title": "A"}, "flat", {"title": "A"}, {"availability": "public"}),
    ("members only is seen in a listing", {"availability": "public"}, "flat", {"availability": "subscriber_only"}, {"availability": "subscriber_only"}),
    ("what a listing does not say stays", {"availability": "unlisted"}, "flat", {"title": ""}, {}),
    ("an unknown key is kept", {}, "full", {"artist": "X"}, {"extra": {"artist": "X"}}),
    ("beside the others", {"extra": {"a": 1}}, "full", {"b": 2}, {"extra": {"a": 1, "b": 2}}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "before", "source", "info", "changed"), RULES)
def test_rule(
    name: str, before: dict[str, Any], source: Source, info: dict[str, Any], changed: dict[str, Any]
) -> None:
    done = planned(before, source, **info)
    assert {key: done.columns[key] for key in done.changed} == changed, name
    assert ("updated_at" in done.columns) == bool(changed)


def test_playlist_columns_are_written_but_no_change() -> None:
    done = planned({}, "flat", playlist_id="PL1", playlist_index=4)
    assert done.columns == {"playlist_id": "PL1", "playlist_index": 4}
    assert done.changed == ()


def test_playlist_columns_stay_with_the_first_playlist() -> None:
    before = {"playlist_id": "PL1", "playlist_index": 4}
    assert planned(before, "flat", playlist_id="PL2", playlist_index=9).columns == {}
    moved = planned(before, "flat", playlist_id="PL1", playlist_index=5)
    assert moved.columns == {"playlist_index": 5}


def test_when_it_was_looked_at_is_no_change() -> None:
    done = planned({"epoch": 1}, "full", epoch=2)
    assert (done.columns, done.changed) == ({"epoch": 2}, ())


def test_history_keeps_words_and_state_whenever_they_change() -> None:
    done = planned(
        {"title": "A", "availability": "public"}, "full", title="B", availability="unlisted"
    )
    assert {(said.field, said.old, said.new) for said in done.recorded} == {
        ("title", "A", "B"),
        ("availability", "public", "unlisted"),
    }


def test_history_does_not_call_filling_a_change() -> None:
    assert planned({}, "full", title="B", view_count=3).recorded == ()


def test_history_keeps_counts_once_a_day() -> None:
    before = {"view_count": 10, "counts_recorded_at": NOW}
    soon = planned(before, "full", at=NOW + timedelta(hours=23), view_count=11)
    assert (soon.recorded, soon.changed) == ((), ("view_count",))
    later = planned(before, "full", at=NOW + timedelta(hours=24), view_count=11)
    assert [said.field for said in later.recorded] == ["view_count"]
    assert later.columns["counts_recorded_at"] == NOW + timedelta(hours=24)

"""Names on disk: whatever a title holds, one safe name comes out of it."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels_app.storage.names import FOLDER_BYTES, clean, cut, file_name, folder_name, stem
from metadata.youtube.download.sidecars import choose_caption

ID = "-abc_DEF123"

NAMES = [
    # what a title is, and what stands on the disk
    ("Garden 1: tomatoes", "Garden 1- tomatoes"),
    ("AC/DC \\ live | HD", "AC-DC - live - HD"),
    ('What? "quotes" <tags> * 50%', "What 'quotes' (tags) 50%"),
    ("../../etc/passwd", "etc-passwd"),
    ("...hidden", "hidden"),
    ("--config-locations=x", "config-locations=x"),
    ("ends in dots. . .", "ends in dots"),
    ("tab\tand\nline", "tab and line"),
    ("nul\0byte \x1b[31mred", "nulbyte [31mred"),
    ("right\u202eto left\u2066", "rightto left"),
    ("e\u0301te\u0301", "été"),
    ("CON", "_CON"),
    ("con.jpg", "_con.jpg"),
    ("LPT1 .txt", "_LPT1 .txt"),
    ("CONSOLE", "CONSOLE"),
    ("👩🏽‍🌾 harvest", "👩🏽‍🌾 harvest"),
    ("बग़ीचे की कहानी", unicodedata.normalize("NFC", "बग़ीचे की कहानी")),
    ("", ""),
    (" . - ", ""),
]


@pytest.mark.parametrize(("title", "name"), NAMES)
def test_a_title_becomes_a_plain_name(title: str, name: str) -> None:
    assert clean(title) == name


def test_a_long_title_is_cut_at_a_character_of_150_bytes() -> None:
    assert clean("長" * 100) == "長" * 50
    assert clean("a" + "長" * 100) == "a" + "長" * 49
    assert cut("é" * 3, 5) == "éé"


@given(title=st.text(max_size=400), copy=st.integers(1, 999))
def test_any_title_makes_one_path_component_that_holds_the_id(title: str, copy: int) -> None:
    name = file_name(stem(title, ID, copy=copy), extension="info.json", language="zh-Hant-TW")

    assert len(name.encode()) <= 255
    assert "/" not in name
    assert "\\" not in name
    assert "\0" not in name
    assert name not in {".", ".."}
    assert f"[{ID}]" in name
    assert not name.startswith((".", " ", "-"))
    assert all(unicodedata.category(each) not in {"Cc", "Cs", "Zl", "Zp"} for each in name)
    assert unicodedata.normalize("NFC", name) == name


@given(names=st.lists(st.text(max_size=300), max_size=3))
def test_any_name_makes_one_folder(names: list[str]) -> None:
    folder = folder_name(*names, key="UCxyz")

    assert 0 < len(folder.encode()) <= FOLDER_BYTES
    assert "/" not in folder
    assert folder not in {".", ".."}
    assert not folder.startswith(".")


def test_a_taken_folder_gets_the_id_behind_it() -> None:
    assert folder_name("Garden", "garden1", key="UC1") == "Garden"
    assert folder_name("GARDEN", key="UC1", taken={"garden"}) == "GARDEN [UC1]"
    assert folder_name("///", "handle", key="UC1") == "handle"
    assert folder_name("", "handle", key="UC1") == "handle"
    assert folder_name("", "...", key="UC1") == "UC1"


@pytest.mark.parametrize("extension", ["", "mp4/..", "a b", "x" * 300])
def test_a_suffix_is_checked_too(extension: str) -> None:
    with pytest.raises(ValueError, match="suffix"):
        file_name("name", extension=extension)


@given(key=st.from_regex(r"en-[A-Za-z0-9_-]{11}|en-[^a-z]{1,60}|en(-[a-z0-9]{1,9}){1,9}"))
def test_whatever_youtube_calls_a_caption_it_can_be_named(key: str) -> None:
    captions = {"subtitles": {key: [{"ext": "vtt"}]}}
    if found := choose_caption(captions, "en", automatic=False):
        assert file_name("name", extension="vtt", language=found[0]).startswith("name.en")


@pytest.mark.parametrize("video_id", ["", "short", "../../../etc", "a" * 12])
def test_an_id_is_an_id(video_id: str) -> None:
    with pytest.raises(ValueError, match="not a video's id"):
        stem("title", video_id)

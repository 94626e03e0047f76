"""Captions: which track is taken, and that nothing YouTube says becomes a part of a path."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from metadata.youtube.download.sidecars import Sidecars, Wanted, choose_caption

TRACK = {"ext": "vtt", "url": "https://www.youtube.com/api/timedtext"}

KEYS = [
    # yt-dlp's key of a track written by hand, and the language that it gets here
    ("en", "en"),
    ("en-GB", "en-GB"),
    ("en-Ab_dEfGhIjK", "en"),
    ("en-AbCdEfGhIjK", "en"),
    ("en-GB-Ab_dEfGhIjK", "en"),
    ("en-/../../../../x", "en"),
    ("en-..", "en"),
    ("en-GB\n", "en"),
    ("en-é", "en"),
    ("en" + "-abcdefgh" * 5, "en"),
]


@pytest.mark.parametrize(("key", "language"), KEYS)
def test_a_key_that_is_no_plain_language_code_becomes_the_wanted_one(
    key: str, language: str
) -> None:
    found = choose_caption({"subtitles": {key: [TRACK]}}, "en", automatic=False)

    assert found == (language, TRACK, False)


def test_a_plain_key_is_taken_before_one_with_an_id() -> None:
    mine = {**TRACK, "url": "mine"}
    keys = {"en-Ab_dEfGhIjK": [TRACK], "en-GB": [mine]}

    assert choose_caption({"subtitles": keys}, "en", automatic=False) == ("en-GB", mine, False)


class Recorder:
    """Stands for `YoutubeDL`: writes where it is told to."""

    def dl(self, path: str, info: dict[str, Any], *, subtitle: bool) -> None:
        Path(path).write_text("WEBVTT")


def captions(staging: Path, keys: list[str], *languages: str) -> list[str]:
    info = {"subtitles": {key: [TRACK] for key in keys}}
    wanted = Wanted(languages=languages, thumbnail=False, info=False)
    fetched = list(Sidecars(Recorder(), info, {}, staging).fetch(wanted))
    return [each["name"] for each in fetched if not isinstance(each, Exception)]


def test_no_caption_leaves_the_staging_folder(tmp_path: Path) -> None:
    staging = tmp_path / "files"
    (staging / "caption.en-").mkdir(parents=True)

    assert captions(staging, ["en-/../../x"], "en") == ["caption.en.vtt"]
    assert [path.name for path in tmp_path.rglob("*.vtt")] == ["caption.en.vtt"]
    assert (staging / "caption.en.vtt").is_file()


def test_two_wanted_languages_that_one_track_answers_are_one_file(tmp_path: Path) -> None:
    assert captions(tmp_path, ["en-GB"], "en", "en-GB") == ["caption.en-GB.vtt"]

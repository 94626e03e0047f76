"""Presets into yt-dlp's options, tried on a real YoutubeDL."""

from __future__ import annotations

import inspect
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from yt_dlp import YoutubeDL, parse_options
from yt_dlp.downloader import get_suitable_downloader
from yt_dlp.downloader.http import HttpFD
from yt_dlp.utils import OUTTMPL_TYPES

from metadata.youtube.client.options import (
    CHILD_ENVIRONMENT,
    Options,
    ProfileOptions,
    caption_patterns,
    download_options,
    format_for,
    format_sort_for,
    listing_options,
    pause_before_retry,
    sidecar_options,
)

PROFILE: ProfileOptions = {
    "max_height": 1080,
    "audio_only": False,
    "container": "mp4",
    "audio_format": "m4a",
    "format_selector": "",
}
HERE: dict[str, Any] = {
    "staging": "/staging/a1",
    "ffmpeg": None,
    "pacing": 0.0,
    "cookies_file": None,
    "proxy": None,
}


def profile(**changes: Any) -> ProfileOptions:
    return {**PROFILE, **changes}  # type: ignore[typeddict-item]


def downloading(profile_: ProfileOptions = PROFILE, **changes: Any) -> Options:
    return download_options(profile_, **{**HERE, **changes})


def aside(languages: list[str], **changes: Any) -> Options:
    return sidecar_options(PROFILE, languages, **{**HERE, **changes})


EVERY = {
    "video": downloading(),
    "audio": downloading(profile(audio_only=True, audio_format="mp3")),
    "everything set": downloading(
        ffmpeg="/opt/ffmpeg", pacing=1.5, cookies_file="/c.txt", proxy="http://127.0.0.1:1"
    ),
    "captions": aside(["en"]),
    "listing": listing_options(proxy=None, cookies_file=None),
    "short listing": listing_options(proxy="", cookies_file=None, max_entries=50),
}
every = pytest.mark.parametrize("options", EVERY.values(), ids=EVERY.keys())


def opened(options: Options) -> YoutubeDL:
    """A real YoutubeDL over a copy: it changes the dictionary it is given."""
    return YoutubeDL(json.loads(json.dumps(options)))


@every
def test_options_survive_the_wall(options: Options) -> None:
    assert json.loads(json.dumps(options)) == options


@every
def test_only_the_three_youtube_extractors_are_loaded(options: Options) -> None:
    without_cookies = {**options, "cookiefile": None}
    assert set(opened(without_cookies)._ies) == {"Youtube", "YoutubeTab", "YoutubePlaylist"}


@every
def test_ytdlp_has_nothing_to_say_about_the_options(
    options: Options, capsys: pytest.CaptureFixture[str]
) -> None:
    ydl = opened({**options, "cookiefile": None})
    ydl.prepare_filename({"id": "x", "ext": "mp4"}, warn=True)
    said = capsys.readouterr()
    assert "Deprecated" not in said.err.replace("JavaScript", "")
    assert "WARNING" not in said.err


@every
def test_ytdlp_knows_every_option(options: Options) -> None:
    command_line = parse_options(["--ignore-config"]).ydl_opts
    assert set(options) <= set(command_line)


@every
def test_nothing_outside_is_run_read_or_kept(options: Options) -> None:
    assert options["external_downloader"] == {"default": "native"}
    assert options["cachedir"] is False
    assert options["usenetrc"] is False
    assert options["remote_components"] == []
    assert not {"exec_cmd", "netrc_cmd", "cookiesfrombrowser", "config_locations"} & set(options)
    keys = [step["key"] for step in options.get("postprocessors", [])]
    assert "Exec" not in keys


@every
def test_retries_and_errors_are_ours(options: Options) -> None:
    names = ("retries", "fragment_retries", "file_access_retries", "extractor_retries")
    assert [options[name] for name in names] == [3, 3, 3, 3]
    assert options["ignoreerrors"] is False
    assert options["socket_timeout"] == 15


def test_the_native_downloader_is_used() -> None:
    video = {"url": "https://x/", "protocol": "https"}
    assert get_suitable_downloader(video, EVERY["video"]) is HttpFD


@pytest.mark.parametrize("n", range(10))
def test_a_pause_before_a_retry_doubles_up_to_half_a_minute(n: int) -> None:
    assert pause_before_retry(n) == [1, 2, 4, 8, 16, 30, 30, 30, 30, 30][n]


def test_ytdlp_calls_the_pause_by_name() -> None:
    assert list(inspect.signature(pause_before_retry).parameters) == ["n"]
    assert pause_before_retry(-1) == 1
    assert pause_before_retry(10**9) == 30


@pytest.mark.parametrize(
    "staging", ["/staging/a1", "/staging/a1/", "/100%(title)s", "/a$HOME/b", "/~/x", "/a %s b%%"]
)
@pytest.mark.parametrize("kind", ["", "temp", *OUTTMPL_TYPES])
def test_every_file_lands_in_staging(staging: str, kind: str) -> None:
    info = {"id": "-_dQw4w9Wg-", "ext": "mp4", "title": "../../x", "section_number": 1}
    name = opened(downloading(staging=staging)).prepare_filename(info, kind)
    assert Path(name).parent == Path(staging)
    assert Path(name).name.startswith("-_dQw4w9Wg-.")


def test_a_strangers_leftovers_are_not_resumed() -> None:
    options = downloading()
    assert (options["nopart"], options["continuedl"], options["overwrites"]) == (True, False, True)


def test_only_what_is_set_is_passed() -> None:
    assert not {"ffmpeg_location", "cookiefile", "proxy", "paths"} & set(EVERY["video"])
    assert (
        EVERY["everything set"].items()
        >= {
            "ffmpeg_location": "/opt/ffmpeg",
            "cookiefile": "/c.txt",
            "proxy": "http://127.0.0.1:1",
            "sleep_interval_requests": 1.5,
        }.items()
    )


def test_an_empty_proxy_means_none_at_all() -> None:
    assert EVERY["short listing"]["proxy"] == ""


def encoded(
    number: str, height: int, *, video: str = "none", audio: str = "none", **more: Any
) -> dict[str, Any]:
    ext = "webm" if video == "vp9" or audio == "opus" else "m4a" if video == "none" else "mp4"
    width = height * 16 // 9
    return {
        "format_id": number,
        "url": f"https://x/{number}",
        "ext": ext,
        "vcodec": video,
        "acodec": audio,
        **({"height": height, "width": width} if height else {}),
        **more,
    }


H264, AV1, AAC = "avc1.640028", "av01.0.08M.08", "mp4a.40.2"
FORMATS = [
    encoded("18", 360, video=H264, audio=AAC),
    encoded("140", 0, audio=AAC, language="en", language_preference=10),
    encoded("140-de", 0, audio=AAC, language="de", language_preference=-1, abr=160),
    encoded("251", 0, audio="opus", language="en", language_preference=10),
    encoded("136", 720, video=H264),
    encoded("137", 1080, video=H264),
    encoded("248", 1080, video="vp9"),
    encoded("399", 1080, video=AV1),
    encoded("313", 2160, video="vp9"),
    encoded("401", 2160, video=AV1),
]
UPRIGHT = [
    encoded("136", 1280, video=H264, width=720),
    encoded("137", 1920, video=H264, width=1080),
    encoded("140", 0, audio=AAC),
]
OLD = [encoded("18", 360, video=H264, audio=AAC)]
BIG = [encoded("313", 2160, video="vp9"), encoded("251", 0, audio="opus")]


def chosen(profile_: ProfileOptions, formats: list[dict[str, Any]]) -> tuple[str, str]:
    info = {
        "id": "x",
        "title": "x",
        "extractor": "youtube",
        "extractor_key": "Youtube",
        "webpage_url": "https://x/",
        "formats": [dict(format_) for format_ in formats],
    }
    result = opened(downloading(profile_)).process_ie_result(info, download=False)
    return result["format_id"], result["ext"]


@pytest.mark.parametrize(
    ("changes", "formats", "expected"),
    [
        ({}, FORMATS, ("137+140", "mp4")),
        ({"max_height": 720}, FORMATS, ("136+140", "mp4")),
        ({"max_height": None}, FORMATS, ("401+140", "mp4")),
        ({"max_height": 480}, FORMATS, ("18", "mp4")),
        ({"max_height": 240}, FORMATS, ("18", "mp4")),
        ({"container": "webm"}, FORMATS, ("248+251", "webm")),
        ({"container": "mkv", "max_height": None}, FORMATS, ("401+251", "mkv")),
        ({"max_height": 1080}, UPRIGHT, ("137+140", "mp4")),
        ({"max_height": 720}, UPRIGHT, ("136+140", "mp4")),
        ({"container": "webm"}, UPRIGHT, ("137+140", "mkv")),
        ({}, OLD, ("18", "mp4")),
        ({"container": "mkv"}, OLD, ("18", "mp4")),
        ({"max_height": 720}, BIG, ("313+251", "mkv")),
        ({"audio_only": True}, FORMATS, ("140", "m4a")),
        ({"audio_only": True, "audio_format": "opus"}, FORMATS, ("251", "webm")),
        ({"audio_only": True, "audio_format": "opus"}, UPRIGHT, ("140", "m4a")),
        ({"audio_only": True}, OLD, ("18", "mp4")),
        ({"format_selector": "136"}, FORMATS, ("136", "mp4")),
    ],
)
def test_a_preset_chooses(
    changes: dict[str, Any], formats: list[dict[str, Any]], expected: tuple[str, str]
) -> None:
    assert chosen(profile(**changes), formats) == expected


def test_an_administrators_expression_is_taken_as_it_is() -> None:
    assert format_for(profile(format_selector="bv[height<=480]+ba")) == "bv[height<=480]+ba"


def test_the_language_counts_before_the_codec() -> None:
    assert format_sort_for(PROFILE)[0] == "lang"


@pytest.mark.parametrize("wanted", ["m4a", "mp3", "opus"])
def test_audio_ends_in_the_wanted_format(wanted: str) -> None:
    options = downloading(profile(audio_only=True, audio_format=wanted))
    assert options["final_ext"] == wanted
    assert [step["key"] for step in options["postprocessors"]] == ["FFmpegExtractAudio"]
    assert options["postprocessors"][0]["preferredcodec"] == wanted


def test_captions_and_picture_come_without_the_media() -> None:
    options = aside(["en", "de", "en"], pacing=2.0)
    assert options["skip_download"] is True
    assert options["subtitleslangs"] == ["en", "de"]
    assert (options["writesubtitles"], options["writeautomaticsub"]) == (True, True)
    assert options["writethumbnail"] is True
    assert options["writeinfojson"] is False
    assert options["postprocessors"] == []
    assert options["sleep_interval_subtitles"] == 2.0


@pytest.mark.parametrize(
    ("languages", "changes", "expected"),
    [
        ([], {}, (False, False, True)),
        (["en"], {"automatic": False}, (True, False, True)),
        (["en"], {"thumbnail": False}, (True, True, False)),
    ],
)
def test_each_sidecar_can_be_left_out(
    languages: list[str], changes: dict[str, Any], expected: tuple[bool, bool, bool]
) -> None:
    options = aside(languages, **changes)
    names = ("writesubtitles", "writeautomaticsub", "writethumbnail")
    assert tuple(options[name] for name in names) == expected


@pytest.mark.parametrize("code", ["en", "pt-BR", "zh-Hans", "en-orig", "fil", "es-419"])
def test_a_language_code_is_accepted(code: str) -> None:
    assert caption_patterns([code]) == [code]


@pytest.mark.parametrize(
    "code", ["all", ".*", "-en", "en.*", "", "e", "en|de", "en\n", "live_chat"]
)
def test_a_pattern_is_no_language(code: str) -> None:
    with pytest.raises(ValueError, match="Not a language code"):
        caption_patterns([code])


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, None),
        ({"max_entries": 50}, "1-50"),
        ({"playlist_items": "1-20,25"}, "1-20,25"),
        ({"playlist_items": "3", "max_entries": 50}, "3"),
    ],
)
def test_a_listing_may_be_cut(changes: dict[str, Any], expected: str | None) -> None:
    options = listing_options(proxy=None, cookies_file=None, **changes)
    assert options.get("playlist_items") == expected


@pytest.mark.parametrize("wanted", [True, False])
def test_an_incomplete_listing_is_an_error_unless_told(wanted: bool) -> None:
    ydl = opened(listing_options(proxy=None, cookies_file=None, incomplete_is_error=wanted))
    told = ydl.get_info_extractor("YoutubeTab")._configuration_arg(
        "raise_incomplete_data", ie_key="youtube"
    )
    assert bool(told) is wanted


@pytest.mark.parametrize("wanted", [True, False])
def test_dates_of_a_listing_may_be_rough(wanted: bool) -> None:
    ydl = opened(listing_options(proxy=None, cookies_file=None, approximate_dates=wanted))
    told = ydl.get_info_extractor("YoutubeTab")._configuration_arg(
        "approximate_date", ie_key="youtubetab"
    )
    assert bool(told) is wanted


PLUGIN = "from yt_dlp.extractor.common import InfoExtractor\nclass SpyIE(InfoExtractor): ..."
ASK = (
    "import yt_dlp; yt_dlp.YoutubeDL({'quiet': True}, auto_init=False);"
    "from yt_dlp.globals import plugin_ies; print(sorted(plugin_ies.value))"
)


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    folder = tmp_path / "yt_dlp_plugins" / "extractor"
    folder.mkdir(parents=True)
    (folder / "spy.py").write_text(PLUGIN)
    return tmp_path


@pytest.mark.parametrize(
    ("environment", "loaded"), [({}, "['SpyIE']"), (CHILD_ENVIRONMENT, "[]")], ids=["off", "on"]
)
def test_plugins_are_disabled_by_the_childs_environment(
    plugin: Path, environment: dict[str, str], loaded: str
) -> None:
    clean = {name: value for name, value in os.environ.items() if name != "YTDLP_NO_PLUGINS"}
    answer = subprocess.run(
        [sys.executable, "-c", ASK],
        env={**clean, "PYTHONPATH": str(plugin), **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.strip() == loaded

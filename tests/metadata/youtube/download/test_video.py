"""The child's download, run in a process of its own against the loopback YouTube, and the probe."""

from __future__ import annotations

import ast
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jobs.failures import FAILURES, Policy
from metadata.youtube.download import probe
from metadata.youtube.download.ffmpeg import describe_ffmpeg, find_ffmpeg
from metadata.youtube.errors.classify import Verdict, classify
from tests.metadata.youtube.download.downloading import FFMPEG, ROOT, run, trial_ffmpeg
from tests.youtube import Fault, LoopbackYouTube
from tests.youtube.clips import Clips


@pytest.fixture(scope="module")
def youtube() -> Iterator[LoopbackYouTube]:
    with LoopbackYouTube() as youtube:
        yield youtube


def test_a_video_is_downloaded_verified_and_hashed(
    youtube: LoopbackYouTube, tmp_path: Path
) -> None:
    channel = youtube.catalogue.add_channel("Child", videos=2)

    answer = run(youtube, channel.videos[0].video_id, tmp_path)

    assert not answer["django"]
    result = answer["result"]
    files = {file["kind"]: file for file in result["files"]}
    assert set(files) == {"video", "thumbnail", "subtitle", "info"}
    assert {file["name"] for file in files.values()} == {each.name for each in tmp_path.iterdir()}
    video = files["video"]
    assert (video["vcodec"], video["acodec"], video["height"]) == ("h264", "aac", 1080)
    assert video["duration"] == pytest.approx(3, abs=0.1)
    assert (files["subtitle"]["language"], files["subtitle"]["automatic"]) == ("en", False)
    assert (result["warnings"], result["ytdlp_version"][:2]) == ([], "20")
    bars = [told for stream, told in answer["told"] if stream == "bar"]
    assert bars[-1][0] == bars[-1][1] > 0

    for told in (result["info"], json.loads((tmp_path / "video.info.json").read_text())):
        assert told["title"] == channel.videos[0].title
        text = json.dumps(told)
        assert not [key for key in ("formats", "http_headers", "url", "cookies") if key in told]
        assert "googlevideo" not in text
        assert len(text) < 20_000


def test_recognised_captions_are_marked_and_nothing_is_translated(
    youtube: LoopbackYouTube, tmp_path: Path
) -> None:
    video = youtube.catalogue.add_channel("Spoken", videos=2).videos[1]
    sidecars = {"languages": ["en", "de"], "automatic": True}

    files = run(youtube, video.video_id, tmp_path, sidecars=sidecars)["result"]["files"]

    captions = [file for file in files if file["kind"] == "subtitle"]
    assert [(file["language"], file["automatic"]) for file in captions] == [("en", True)]


def test_sound_alone_needs_no_ffprobe(youtube: LoopbackYouTube, tmp_path: Path) -> None:
    video = youtube.catalogue.add_channel("Sound", videos=1).videos[0]

    answer = run(youtube, video.video_id, tmp_path, profile={"audio_only": True}, sidecars={})

    [file] = answer["result"]["files"]
    assert (file["kind"], file["container"], file["acodec"]) == ("audio", "m4a", "aac")


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault.MEDIA_SHORT, {"code": "short_media"}),
        (Fault.MEDIA_403, {"http_status": 403, "stage": "media"}),
        (Fault.PRIVATE, {"exception": "DownloadError", "stage": "extract"}),
    ],
)
def test_a_failure_crosses_the_wall_as_values(
    fault: Fault, expected: dict[str, Any], youtube: LoopbackYouTube, tmp_path: Path
) -> None:
    video = youtube.catalogue.add_channel(f"Fault{fault}", videos=1).videos[0]
    youtube.fault(video.video_id, fault)

    error = run(youtube, video.video_id, tmp_path)["error"]

    assert {key: error[key] for key in expected} == expected


def test_a_format_expression_for_sound_alone_makes_a_sound_file(
    youtube: LoopbackYouTube, tmp_path: Path
) -> None:
    video = youtube.catalogue.add_channel("Sound alone", videos=1).videos[0]

    answer = run(youtube, video.video_id, tmp_path, profile={"format_selector": "ba"}, sidecars={})

    [file] = answer["result"]["files"]
    assert (file["kind"], file["acodec"], file["height"]) == ("audio", "aac", None)


def test_a_bad_format_expression_is_a_described_failure(
    youtube: LoopbackYouTube, tmp_path: Path
) -> None:
    answer = run(youtube, "dQw4w9WgXcQ", tmp_path, profile={"format_selector": "best[height>>"})

    assert answer["error"]["exception"] == "SyntaxError"


@pytest.fixture(scope="module")
def clip() -> bytes:
    return next(clip.data for clip in Clips().lasting(3) if clip.itag == 18)


def test_the_probe_finds_streams_and_their_ends(clip: bytes, tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(clip)

    found = probe.verify(path, ffmpeg=FFMPEG, expected=3, picture=True, sound=True)

    assert found.video is not None
    assert found.audio is not None
    assert (found.video.codec, found.video.width, found.video.height) == ("h264", 640, 360)
    assert (found.audio.codec, round(found.duration, 1)) == ("aac", 3.0)


@pytest.mark.parametrize("expected", [3.0, 300.0])
def test_a_picture_that_stops_early_is_found_although_the_sound_goes_on(
    expected: float, clip: bytes, tmp_path: Path
) -> None:
    whole, half = tmp_path / "whole.mp4", tmp_path / "half.mp4"
    whole.write_bytes(clip)
    cut = [
        "-i",
        str(whole),
        "-t",
        "1.7",
        "-i",
        str(whole),
        "-map",
        "1:v",
        "-map",
        "0:a",
        "-c",
        "copy",
    ]
    subprocess.run([FFMPEG, "-v", "error", *cut, str(half)], check=True)

    with pytest.raises(probe.TooShort, match="The video ends at"):
        probe.verify(half, ffmpeg=FFMPEG, expected=expected, picture=True, sound=True)


@pytest.mark.parametrize("content", [b"", b"<html>no video</html>", b"\0" * 4096])
def test_what_is_no_film_is_unreadable(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(content)

    with pytest.raises(probe.Unreadable):
        probe.verify(path, ffmpeg=FFMPEG, expected=3, picture=True, sound=False)


def test_a_film_cut_off_in_the_middle_does_not_pass(clip: bytes, tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(clip[: len(clip) // 2])

    with pytest.raises((probe.TooShort, probe.Unreadable)):
        probe.verify(path, ffmpeg=FFMPEG, expected=3, picture=True, sound=True)


def test_an_ffmpeg_that_is_not_done_in_time_leaves_the_file_unreadable(tmp_path: Path) -> None:
    path, slow = tmp_path / "film.mp4", tmp_path / "ffmpeg"
    path.write_bytes(b"a film")
    slow.write_text("#!/bin/sh\nexec sleep 60\n")
    slow.chmod(0o755)

    with pytest.raises(probe.Unreadable, match=r"not done with the file after 0\.1 s\."):
        probe.verify(path, ffmpeg=str(slow), expected=3, picture=True, sound=True, time_limit_s=0.1)


# An ffmpeg that something outside kills once it joins the files, or after the first words of it.
KILLED = {
    "before its first line": "kill -9 $$",
    "after its first lines": f"{FFMPEG} -version >&2; kill -9 $$",
}
BY_9 = "ffmpeg was killed by signal 9; the system may have run out of memory."


def failed_with(youtube: LoopbackYouTube, folder: Path, ffmpeg: str) -> Verdict:
    staging = folder / "files"
    staging.mkdir()
    # Each test runs in a folder of its own name, and needs a channel of its own.
    video = youtube.catalogue.add_channel(folder.name, videos=1).videos[0]
    answer = run(youtube, video.video_id, staging, ffmpeg=ffmpeg, sidecars={})
    error = answer["error"]
    return Verdict(error["code"], error["message"]) if "code" in error else classify(error)


@pytest.mark.parametrize("moment", KILLED)
@pytest.mark.parametrize("task", ["joining", "verifying"])
def test_an_ffmpeg_that_was_killed_is_named_as_the_cause_and_retried(
    task: str, moment: str, youtube: LoopbackYouTube, tmp_path: Path
) -> None:
    ffmpeg = trial_ffmpeg(tmp_path / "ffmpeg", **{task: KILLED[moment]})

    verdict = failed_with(youtube, tmp_path, ffmpeg)

    assert verdict == Verdict("child_killed", BY_9)
    assert FAILURES[verdict.code].policy is Policy.RETRY


def test_memory_is_suspected_of_no_other_signal(youtube: LoopbackYouTube, tmp_path: Path) -> None:
    ffmpeg = trial_ffmpeg(tmp_path / "ffmpeg", joining="ulimit -c 0; kill -SEGV $$")
    verdict = failed_with(youtube, tmp_path, ffmpeg)
    assert verdict == Verdict("child_killed", "ffmpeg was killed by signal 11.")


def test_an_ffmpeg_that_fails_without_a_word_is_a_failed_conversion(
    youtube: LoopbackYouTube, tmp_path: Path
) -> None:
    ffmpeg = trial_ffmpeg(tmp_path / "ffmpeg", joining="exit 3")
    verdict = failed_with(youtube, tmp_path, ffmpeg)
    assert verdict.code == "conversion_failed"
    assert verdict.sentence.endswith("ffmpeg ended with status 3 and without a word.")


TOLERANCES = [(3, 0.5), (25, 0.5), (26, 0.52), (3600, 72)]


@pytest.mark.parametrize(("duration", "seconds"), TOLERANCES)
def test_two_percent_and_at_least_half_a_second_may_be_missing(
    duration: float, seconds: float
) -> None:
    assert probe.tolerance(duration) == pytest.approx(seconds)


def test_ffmpeg_says_which_one_it_is() -> None:
    found = describe_ffmpeg()

    assert found is not None
    assert (found.path, bool(found.version)) == (FFMPEG, True)
    assert found.origin in {"system", "bundled"}
    assert find_ffmpeg("/nowhere/ffmpeg") is None


@pytest.mark.parametrize(
    "name",
    [
        "client/hooks",
        "download/checksum",
        "download/ffmpeg",
        "download/files",
        "download/probe",
        "download/sidecars",
        "download/video",
    ],
)
def test_the_child_imports_nothing_of_django(name: str) -> None:
    tree = ast.parse((ROOT / "metadata" / "youtube" / f"{name}.py").read_text())

    imported = {
        alias.name if isinstance(node, ast.Import) else str(node.module)
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    ours = {each for each in imported if each.split(".")[0] in {"jobs", "metadata", "django"}}
    assert all(
        each == "jobs.processes.child" or each.startswith("metadata.youtube") for each in ours
    )

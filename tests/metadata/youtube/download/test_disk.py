"""The disk under a download: full or read-only while ffmpeg works, or lost afterwards."""

from __future__ import annotations

import errno
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jobs.failures import FAILURES
from metadata.youtube.errors.classify import classify
from tests.metadata.youtube.download.downloading import run, trial_ffmpeg
from tests.youtube import LoopbackYouTube, Video

PRIVATE = ("unshare", "--mount", "--propagation", "private", "sh", "-c")


@pytest.fixture
def may_mount() -> None:
    if subprocess.run([*PRIVATE, "true"], capture_output=True).returncode:
        pytest.skip("mounting a small disk of the test's own needs root and unshare")


@pytest.fixture(scope="module")
def youtube() -> Iterator[LoopbackYouTube]:
    with LoopbackYouTube() as youtube:
        yield youtube


@pytest.fixture(scope="module")
def video(youtube: LoopbackYouTube) -> Video:
    return youtube.catalogue.add_channel("Garden", videos=1, bytes=1).videos[0]


def small_disk(folder: Path, size: str) -> tuple[str, ...]:
    """A program with a disk of its own in the place of the folder."""
    mount = f"mount -t tmpfs -o size={size} tmpfs {shlex.quote(str(folder))}"
    return (*PRIVATE, f'{mount} && exec "$@"', "sh")


MP3 = {"audio_only": True, "audio_format": "mp3"}


def assert_disk_full(answer: dict[str, Any]) -> None:
    verdict = classify(answer["error"])
    assert (verdict.code, FAILURES[verdict.code].hold) == ("disk_full", "disk")
    assert verdict.sentence.endswith("No space left on device")


@pytest.mark.usefixtures("may_mount")
@pytest.mark.parametrize(("profile", "size"), [({}, "108k"), (MP3, "28k")])
def test_a_disk_that_fills_up_under_ffmpeg_holds_downloads_and_is_no_failed_conversion(
    profile: dict[str, Any], size: str, youtube: LoopbackYouTube, video: Video, tmp_path: Path
) -> None:
    """The sizes hold what is downloaded (51 + 19 KiB, or 19) but not what ffmpeg makes of it."""
    disk = small_disk(tmp_path, size)

    answer = run(youtube, video.video_id, tmp_path, within=disk, profile=profile, sidecars={})

    assert_disk_full(answer)
    log = "\n".join(text for stream, text in answer["told"] if stream == "stderr")
    assert re.search("Error writing trailer.*: No space left on device", log)


@pytest.mark.parametrize("profile", [{}, MP3])
def test_an_ffmpeg_that_exits_with_0_on_a_full_disk_is_not_believed(
    profile: dict[str, Any], youtube: LoopbackYouTube, video: Video, tmp_path: Path
) -> None:
    """Debian 12's does: it reports its last write, the one that failed, and its success."""
    staging = tmp_path / "files"
    staging.mkdir()
    ffmpeg = trial_ffmpeg(
        tmp_path / "ffmpeg",
        joining="""
        for output; do :; done
        echo "Error writing trailer of $output: No space left on device" >&2
        echo "video:0kB audio:16kB global headers:0kB muxing overhead: unknown" >&2
        echo "Error closing file $output: No space left on device" >&2
        echo cut > "${output#file:}"; exit 0
        """,
    )

    answer = run(youtube, video.video_id, staging, ffmpeg=ffmpeg, profile=profile, sidecars={})

    assert_disk_full(answer)


@pytest.mark.usefixtures("may_mount")
def test_a_disk_that_turns_read_only_under_ffmpeg_holds_downloads(
    youtube: LoopbackYouTube, video: Video, tmp_path: Path
) -> None:
    staging = tmp_path / "files"
    staging.mkdir()
    read_only = f"mount -o remount,ro {shlex.quote(str(staging))}"
    ffmpeg = trial_ffmpeg(tmp_path / "ffmpeg", joining=read_only)
    disk = small_disk(staging, "10m")

    answer = run(youtube, video.video_id, staging, within=disk, ffmpeg=ffmpeg, sidecars={})

    verdict = classify(answer["error"])
    assert (verdict.code, FAILURES[verdict.code].hold) == ("media_root_read_only", "media_root")


# yt-dlp says that it wrote the captions, and they are not there.
NOT_WRITTEN = """
from yt_dlp import YoutubeDL
dl = YoutubeDL.dl
YoutubeDL.dl = lambda self, name, info, subtitle=False: subtitle or dl(self, name, info)
"""
# Some disks find out only when asked to keep what they took.
NOT_KEPT = """
import errno, os
fsync = os.fsync
def fsync_but_captions(descriptor):
    if os.readlink(f"/proc/self/fd/{descriptor}").endswith(".vtt"):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    fsync(descriptor)
os.fsync = fsync_but_captions
"""


@pytest.mark.parametrize(
    ("first", "words"),
    [(NOT_WRITTEN, "No such file or directory"), (NOT_KEPT, "No space left on device")],
)
def test_captions_that_do_not_come_to_stand_on_the_disk_are_a_warning_beside_the_video(
    first: str, words: str, youtube: LoopbackYouTube, video: Video, tmp_path: Path
) -> None:
    result = run(youtube, video.video_id, tmp_path, first=first)["result"]

    assert [file["kind"] for file in result["files"]] == ["video", "thumbnail", "info"]
    [warning] = result["warnings"]
    assert words in warning


def test_a_staging_folder_that_is_gone_is_not_made_anew_and_cookies_do_not_hide_it(
    youtube: LoopbackYouTube, video: Video, tmp_path: Path
) -> None:
    away = tmp_path / "away"

    answer = run(youtube, video.video_id, away / "files", cookies_file=str(away / "cookies.txt"))

    verdict = classify(answer["error"])
    assert (verdict.code, FAILURES[verdict.code].hold) == ("media_root_missing", "media_root")
    assert not away.exists()


def test_a_file_that_vanishes_while_it_is_verified_is_told_by_its_name(
    youtube: LoopbackYouTube, video: Video, tmp_path: Path
) -> None:
    staging = tmp_path / "files"
    staging.mkdir()
    ffmpeg = trial_ffmpeg(tmp_path / "ffmpeg", verifying=f"rm -r {shlex.quote(str(staging))}")

    error = run(youtube, video.video_id, staging, ffmpeg=ffmpeg, sidecars={})["error"]

    assert error["errno"] == errno.ENOENT
    assert Path(error["path"]).parent == staging

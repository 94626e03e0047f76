"""One video, in the child: download, verify, hash, then the sidecars. No Django here."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from yt_dlp import YoutubeDL
from yt_dlp.postprocessor import ffmpeg as ytdlp_ffmpeg
from yt_dlp.utils import Popen, YoutubeDLError
from yt_dlp.version import __version__ as ytdlp_version

from jobs.processes.child import ChildFailed, Events
from metadata.youtube.client.hooks import Listener, ProgressHook
from metadata.youtube.client.options import CHILD_ENVIRONMENT, download_options, pause_before_retry
from metadata.youtube.download.checksum import checksummed, sidecar, words
from metadata.youtube.download.ffmpeg import FfmpegKilled, find_ffmpeg
from metadata.youtube.download.files import DownloadedFile
from metadata.youtube.download.probe import TooShort, Unreadable, verify
from metadata.youtube.download.sidecars import SidecarFile, Sidecars, Wanted
from metadata.youtube.errors.classify import YtdlpError, classify, describe
from metadata.youtube.listing import entries
from metadata.youtube.sources import video_url

_ON_THE_AIR: Final = {
    "is_live": "The broadcast is on the air; it is fetched after its end.",
    "post_live": "The broadcast is over and YouTube still prepares the recording.",
}


class NotYet(Exception):
    """Nothing to download until later."""

    code = "still_processing"


# What we know better than any table: the exception brings its own code.
_OURS: Final = (NotYet, TooShort, Unreadable, FfmpegKilled)
# A bad format expression is a SyntaxError; anything else that is none of these is a bug.
_EXPECTED: Final = (YoutubeDLError, OSError, SyntaxError, *_OURS)
_FFMPEG_SPEAKS: Final = re.compile(r"^ffmpeg version ", re.MULTILINE)
# An ffmpeg before version 6 says this of a file whose end the disk refused, and exits with 0.
_NOT_WRITTEN: Final = re.compile(r"^Error closing file .+: .+$", re.MULTILINE)


class Silent(YoutubeDL):  # type: ignore[misc]
    """yt-dlp without its tables and with ffmpeg's words, that makes no folder and saves no cookies.

    Should one of these methods get another name, a video takes 15 ms longer, and a disk that is
    full in the middle of ffmpeg's work is a failed conversion, or one that was taken away meanwhile
    finds a folder of ours in its place.
    """

    def _ensure_dir_exists(self, path: str) -> bool:
        """Staging stands. Where it does not any more, its disk is away: opening a file says so."""
        return True

    def save_cookies(self) -> None:
        """Into a copy that nobody reads; an error there would hide the one that it follows."""

    def _forceprint(self, key: str, info_dict: Any) -> None:
        """It makes every table it might print seven times a video; of ours it prints none.

        That is 15 of the 150 ms a small video takes.
        """

    def write_debug(self, message: str, *_: Any, **__: Any) -> None:
        """Here alone it tells all that an ffmpeg said which failed; its error has the last line."""
        if _FFMPEG_SPEAKS.search(message):
            self.params["logger"].ffmpeg_failed(message)


class Watched(Popen):  # type: ignore[misc]
    """Says how ffmpeg ended. yt-dlp takes its last line for the cause, whatever ended it.

    And its exit code for the truth, upon which it deletes what the file was made of.
    """

    @classmethod
    def run(cls, *args: Any, **options: Any) -> tuple[str, str, int]:
        told, said, status = super().run(*args, **options)
        if status < 0:
            raise FfmpegKilled(-status)
        if not status and _NOT_WRITTEN.search(said):
            status = 1
        if status and not said.strip():
            # Of an ffmpeg without a last line yt-dlp makes an IndexError.
            said = f"ffmpeg ended with status {status} and without a word."
        return told, said, status


# Here it starts nothing but ffmpeg and ffprobe: to join, to convert, to look at a file.
ytdlp_ffmpeg.Popen = Watched


def download(parameters: dict[str, Any], events: Events) -> dict[str, Any]:
    """Info dict, files in staging, warnings and yt-dlp's version. Raises ChildFailed.

    `parameters`: video_id, profile (ProfileOptions), staging, ffmpeg, and optionally pacing,
    cookies_file, proxy, and `sidecars` {languages, automatic, thumbnail, info}.
    """
    os.environ.update(CHILD_ENVIRONMENT)
    return Download(parameters, events).run()


def warm() -> None:
    """Before the fork server forks: what every download needs once and may share."""
    os.environ.update(CHILD_ENVIRONMENT)
    ffmpeg = find_ffmpeg(os.environ.get("FFMPEG", ""))
    with YoutubeDL({"quiet": True, "ffmpeg_location": ffmpeg}) as ydl:
        # yt-dlp asks ffmpeg for its version and abilities once per process.
        ytdlp_ffmpeg.FFmpegPostProcessor.get_versions_and_features(ydl)


@dataclass
class Download:
    """One video into one empty staging folder."""

    parameters: dict[str, Any]
    events: Events
    stage: str = "extract"
    listener: Listener = field(init=False)
    progress: ProgressHook = field(init=False)

    def __post_init__(self) -> None:
        self.listener = Listener(self.events)
        self.progress = ProgressHook(self.events)

    @property
    def staging(self) -> Path:
        return Path(self.parameters["staging"])

    def run(self) -> dict[str, Any]:
        with self._described(), Silent(self._options()) as ydl:
            info = self._fetch(ydl)
            self.stage = "postprocess"
            files = [self._verified(info)]
            told = entries.full(ydl.sanitize_info(info))
            files += self._sidecars(Sidecars(ydl, info, told, self.staging))
            return {
                "info": told,
                "files": files,
                "warnings": self.listener.warnings,
                "ytdlp_version": ytdlp_version,
            }

    def _options(self) -> dict[str, Any]:
        asked = self.parameters
        options = download_options(
            asked["profile"],
            staging=asked["staging"],
            ffmpeg=asked["ffmpeg"],
            pacing=float(asked.get("pacing") or 0),
            cookies_file=asked.get("cookies_file") or None,
            proxy=asked.get("proxy") or None,
        )
        retried = ("http", "fragment", "file_access", "extractor")
        return options | {
            "logger": self.listener,
            "progress_hooks": [self.progress],
            "match_filter": self._turn_away,
            "retry_sleep_functions": dict.fromkeys(retried, pause_before_retry),
        }

    def _turn_away(self, info: dict[str, Any], *, incomplete: bool = False) -> None:
        """yt-dlp's last question before the media: a broadcast on the air would never end."""
        status = str(info.get("live_status"))
        if status in _ON_THE_AIR:
            raise NotYet(_ON_THE_AIR[status])
        self.stage = "media"

    def _fetch(self, ydl: Any) -> dict[str, Any]:
        """The info dict of a video that now stands in staging.

        Addresses of media go stale, so one refusal is answered by one fresh extraction.
        """
        url = video_url(self.parameters["video_id"])
        try:
            return dict(ydl.extract_info(url, download=True))
        except YoutubeDLError as error:
            if classify(self._description(error)).code != "youtube_blocked":
                raise
        self.events.log("YouTube refused the file: once more, with a fresh address.")
        _empty(self.staging)
        self.stage = "extract"
        return dict(ydl.extract_info(url, download=True))

    def _verified(self, info: dict[str, Any]) -> DownloadedFile:
        path = Path(info["requested_downloads"][0]["filepath"])
        audio_only = bool(self.parameters["profile"]["audio_only"])
        try:
            found = verify(
                path,
                ffmpeg=self.parameters["ffmpeg"],
                expected=info.get("duration"),
                # A format expression may choose sound alone without having been asked for it.
                picture=not audio_only and info.get("vcodec") != "none",
                sound=audio_only or info.get("acodec") not in (None, "none"),
            )
        except Unreadable:
            # A file that is gone is not unreadable: then this raises OSError.
            path.stat()
            raise
        self.events.log(f"Verified {path.name}: {words(found)}.")
        kind = "audio" if audio_only or not found.video else "video"
        return checksummed(path, kind=kind, found=found)

    def _sidecars(self, sidecars: Sidecars) -> Iterator[DownloadedFile]:
        self.stage, self.progress.over = "sidecar", True
        for outcome in sidecars.fetch(Wanted.of(self.parameters.get("sidecars") or {})):
            if made := self._kept(outcome):
                yield made

    def _kept(self, outcome: SidecarFile | Exception) -> DownloadedFile | None:
        """None, with a note, for what did not come, or did not come to stand on the disk."""
        if not isinstance(outcome, Exception):
            try:
                return sidecar(self.staging / outcome["name"], outcome)
            except OSError as error:
                outcome = error
        self._note(outcome)
        return None

    def _note(self, error: Exception) -> None:
        verdict = classify(self._description(error))
        self.listener.warnings.append(f"{verdict.code}: {verdict.sentence}")
        self.events.log(f"Not fetched ({verdict.code}): {verdict.sentence}")

    def _description(self, error: BaseException) -> YtdlpError:
        return describe(error, self.listener.warnings, self.stage)

    @contextmanager
    def _described(self) -> Iterator[None]:
        try:
            yield
        except _OURS as error:
            raise ChildFailed({"code": error.code, "message": str(error)}) from error
        except _EXPECTED as error:
            raise ChildFailed({**self._description(error)}) from error


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()

"""The second step of a download: captions, picture and info file, out of the extraction in hand.

Nothing here fails the video: what goes wrong is a warning in the result.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final, TypedDict

from yt_dlp.networking.exceptions import network_exceptions
from yt_dlp.utils import YoutubeDLError

from metadata.youtube.client.options import caption_patterns

# YouTube names more pictures than it has; the best that exists is among the first few.
PICTURES_TRIED: Final = 8
CAPTION_FORMAT: Final = "vtt"
# What stands in a file's name and in its row's 40 characters.
_PLAIN: Final = re.compile(r"(?=.{2,40}\Z)[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*", re.ASCII)
PICTURES: Final = frozenset({"jpg", "png", "webp"})

FAILURES: Final[tuple[type[Exception], ...]] = (
    YoutubeDLError,
    OSError,
    ValueError,
    *network_exceptions,
)


class SidecarFile(TypedDict):
    name: str
    kind: str
    language: str
    automatic: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which sidecars a profile asks for."""

    languages: tuple[str, ...] = ()
    automatic: bool = True
    thumbnail: bool = True
    info: bool = True

    @classmethod
    def of(cls, asked: Mapping[str, Any]) -> Wanted:
        languages = caption_patterns(asked.get("languages") or ())
        flags = {name: bool(asked.get(name)) for name in ("automatic", "thumbnail", "info")}
        return cls(tuple(languages), **flags)


@dataclass(frozen=True, slots=True)
class Sidecars:
    """One video's extraction, still with its addresses, and the `YoutubeDL` that made it."""

    ydl: Any
    info: dict[str, Any]
    told: dict[str, Any]
    """The same without addresses and bulk, for people and rows."""
    staging: Path

    def fetch(self, wanted: Wanted) -> Iterator[SidecarFile | Exception]:
        """Each file as it arrives, or what kept it from arriving."""
        if wanted.thumbnail:
            yield from self._attempt(self._picture)
        for language in wanted.languages:
            yield from self._attempt(partial(self._caption, language, automatic=wanted.automatic))
        if wanted.info:
            yield from self._attempt(self._info_file)

    def _attempt(
        self, fetch: Callable[[], SidecarFile | None]
    ) -> Iterator[SidecarFile | Exception]:
        outcome: SidecarFile | Exception | None
        try:
            outcome = fetch()
        except FAILURES as error:
            outcome = error
        if outcome:
            yield outcome

    def _picture(self) -> SidecarFile | None:
        failure: Exception | None = None
        for picture in list(reversed(self.info.get("thumbnails") or []))[:PICTURES_TRIED]:
            try:
                return self._save_picture(str(picture["url"]))
            except FAILURES as error:
                failure = error
        if failure:
            raise failure
        return None

    def _save_picture(self, url: str) -> SidecarFile:
        extension = url.partition("?")[0].rpartition(".")[2].lower()
        name = f"picture.{extension if extension in PICTURES else 'jpg'}"
        with self.ydl.urlopen(url) as answer, (self.staging / name).open("wb") as file:
            shutil.copyfileobj(answer, file)
        return SidecarFile(name=name, kind="thumbnail", language="", automatic=False)

    def _caption(self, wanted: str, *, automatic: bool) -> SidecarFile | None:
        found = choose_caption(self.info, wanted, automatic=automatic)
        if not found:
            return None
        language, track, is_automatic = found
        name = f"caption.{language}.{CAPTION_FORMAT}"
        if (self.staging / name).exists():
            # "en" was answered with the "en-GB" that is wanted as well; one name is one file.
            return None
        # yt-dlp's own downloader: it knows about impersonation, retries and pacing.
        self.ydl.dl(
            str(self.staging / name),
            {"http_headers": self.info.get("http_headers"), **track},
            subtitle=True,
        )
        return SidecarFile(name=name, kind="subtitle", language=language, automatic=is_automatic)

    def _info_file(self) -> SidecarFile:
        name = "video.info.json"
        text = json.dumps(self.told, ensure_ascii=False, indent=1, sort_keys=True)
        # A title cut off in the middle of an emoji has half a character, which no file can hold.
        (self.staging / name).write_text(text, encoding="utf-8", errors="replace")
        return SidecarFile(name=name, kind="info", language="", automatic=False)


def choose_caption(
    info: Mapping[str, Any], wanted: str, *, automatic: bool
) -> tuple[str, dict[str, Any], bool] | None:
    """Language, track and whether it is automatic: written by hand before recognised.

    Machine translations are not taken: their quality is poor and YouTube soon answers 429.
    """
    manual = info.get("subtitles") or {}
    for language in sorted(manual, key=len):
        if _is(language, wanted) and (track := _track(manual[language])):
            return _plain(language, wanted), track, False
    recognised = info.get("automatic_captions") or {} if automatic else {}
    for language in (f"{wanted}-orig", wanted):
        track = _track(recognised.get(language) or [])
        if track and "tlang=" not in str(track.get("url")):
            return wanted, track, True
    return None


def _is(language: str, wanted: str) -> bool:
    return language == wanted or language.startswith(f"{wanted}-")


def _plain(language: str, wanted: str) -> str:
    """YouTube's key is a name of the track's own, often with an id in it: ours only if plain."""
    return language if _PLAIN.fullmatch(language) else wanted


def _track(formats: list[dict[str, Any]]) -> dict[str, Any] | None:
    return next((each for each in formats if each.get("ext") == CAPTION_FORMAT), None)

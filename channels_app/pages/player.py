"""What the player is given of a track's files and metadata. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.conf.locale import LANG_INFO

from channels_app.media import webvtt
from channels_app.media.content_types import extension, type_of
from channels_app.models import TrackFile
from channels_app.states import FileKind

# Browsers refuse to try these by name, and play what is inside when nobody names it.
_UNNAMED: Final = frozenset({"mkv", "mov"})


@dataclass(frozen=True, slots=True)
class Source:
    file: TrackFile
    type: str
    """"" where the browser had better look for itself."""


@dataclass(frozen=True, slots=True)
class Captions:
    file: TrackFile
    language: str
    label: str


@dataclass(frozen=True, slots=True)
class Chapter:
    start: int
    title: str


def sources(files: Iterable[TrackFile]) -> list[Source]:
    """Videos, the highest first; where there is none, the sound."""
    found = list(files)
    videos = [each for each in found if each.kind == FileKind.VIDEO]
    chosen = videos or [each for each in found if each.kind == FileKind.AUDIO]
    ordered = sorted(chosen, key=lambda each: -(each.height or 0))
    return [Source(each, _type(each)) for each in ordered]


def _type(file: TrackFile) -> str:
    unnamed = extension(file.relative_path) in _UNNAMED
    return "" if unnamed else type_of(file.relative_path)


def subtitles(files: Iterable[TrackFile]) -> list[Captions]:
    """What people wrote comes before what a machine heard."""
    shown = [
        Captions(each, each.language or "und", _label(each))
        for each in files
        if each.kind == FileKind.SUBTITLE and extension(each.relative_path) in webvtt.SHOWN
    ]
    return sorted(shown, key=lambda each: (each.file.automatic, each.label))


def _label(file: TrackFile) -> str:
    name = language_name(file.language)
    return f"{name} (automatic)" if file.automatic else name


def language_name(code: str) -> str:
    """In English; the code itself where nobody knows it."""
    for known in (code.lower(), code.lower().partition("-")[0]):
        if "name" in LANG_INFO.get(known, {}):
            return str(LANG_INFO[known]["name"])
    return code or "Subtitles"


def poster(files: Iterable[TrackFile]) -> TrackFile | None:
    return next((each for each in files if each.kind == FileKind.THUMBNAIL), None)


def chapters(told: Any) -> list[Chapter]:
    """From YouTube's own list; what is malformed in it is left out."""
    found = (_chapter(each) for each in told if isinstance(each, dict)) if _is_list(told) else ()
    return sorted((each for each in found if each), key=lambda each: each.start)


def _is_list(told: Any) -> bool:
    return isinstance(told, Sequence) and not isinstance(told, str)


def _chapter(told: dict[str, Any]) -> Chapter | None:
    start, title = told.get("start_time"), str(told.get("title") or "").strip()
    if not isinstance(start, int | float) or not 0 <= start < 10**7 or not title:
        return None
    return Chapter(int(start), title[:200])

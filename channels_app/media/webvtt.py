"""Subtitles as WebVTT, the one format that browsers show. Pure."""

from __future__ import annotations

import re
from typing import Final

SHOWN: Final = frozenset({"vtt", "srt"})
LARGEST: Final = 8 << 20

_TIMING: Final = re.compile(
    r"^\s*((?:\d+:)?\d{1,2}:\d{2}[,.]\d{1,3})\s*-->\s*((?:\d+:)?\d{1,2}:\d{2}[,.]\d{1,3})"
)


def as_webvtt(data: bytes, extension: str) -> str:
    text = data.decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\r", "\n")
    return text if extension == "vtt" else from_srt(text)


def from_srt(text: str) -> str:
    """Each block with a timing becomes a cue; positions (`X1:…`) and numbers are left out."""
    blocks = (block.split("\n") for block in re.split(r"\n[ \t]*\n", text.replace("\0", "")))
    cues = (cue for block in blocks if (cue := _cue(block)))
    return "WEBVTT\n\n" + "\n\n".join(cues) + "\n"


def _cue(lines: list[str]) -> str:
    for number, line in enumerate(lines):
        if timing := _TIMING.match(line):
            said = [each.replace("-->", "→") for each in lines[number + 1 :] if each.strip()]
            start, end = (_time(each) for each in timing.groups())
            return "\n".join([f"{start} --> {end}", *said])
    return ""


def _time(text: str) -> str:
    clock, _, fraction = text.replace(",", ".").partition(".")
    *hours, minutes, seconds = clock.split(":")
    hour = hours[0] if hours else "0"
    return f"{hour:0>2}:{minutes:0>2}:{seconds}.{fraction:0<3}"

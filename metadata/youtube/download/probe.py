"""What a media file holds and where each of its streams ends, from one call of ffmpeg.

imageio-ffmpeg brings no ffprobe, and ffprobe's durations are what the header promises. Here the
last packets are read: a stream that ends early is found although the header says otherwise.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

from metadata.youtube.download.ffmpeg import FfmpegKilled

# Only the end of a file is read. Key frames lie a few seconds apart, so a stream without a packet
# in this stretch has ended before it.
TAIL_S: Final = 30.0
TOLERANCE: Final = 0.02
# YouTube tells whole seconds, rounded: the file may be half a second shorter than told and whole.
# More than that would pass a 3 s clip whose picture stops at 1.7 s.
LEAST_TOLERANCE_S: Final = 0.5
TIME_LIMIT_S: Final = 600


class Unreadable(Exception):
    """The file cannot be read as video or sound."""

    code = "file_unreadable"


class TooShort(Exception):
    """A stream of the file ends before the video should."""

    code = "short_media"


@dataclass(frozen=True, slots=True)
class Stream:
    """The first picture or sound stream; `end` in seconds, 0 when no packet was found."""

    kind: str
    codec: str = ""
    width: int | None = None
    height: int | None = None
    end: float = 0.0


@dataclass(frozen=True, slots=True)
class Probe:
    video: Stream | None
    audio: Stream | None

    @property
    def streams(self) -> list[Stream]:
        return [stream for stream in (self.video, self.audio) if stream]

    @property
    def duration(self) -> float:
        return max((stream.end for stream in self.streams), default=0.0)


def verify(
    path: Path,
    *,
    ffmpeg: str,
    expected: float | None,
    picture: bool,
    sound: bool,
    time_limit_s: float = TIME_LIMIT_S,
) -> Probe:
    """The probe of a file that has what it should, to its end.

    Raises Unreadable, TooShort or FfmpegKilled.
    """
    if not path.stat().st_size:
        raise Unreadable("The file is empty.")
    found = probe(path, ffmpeg=ffmpeg, expected=expected, time_limit_s=time_limit_s)
    if picture and not found.video:
        raise Unreadable("The file has no picture.")
    if sound and not found.audio:
        raise Unreadable("The file has no sound.")
    for stream in found.streams:
        _long_enough(stream, expected)
    return found


def _long_enough(stream: Stream, expected: float | None) -> None:
    wanted = (expected or 0.0) - tolerance(expected or 0.0)
    if stream.end <= 0 or stream.end < wanted:
        raise TooShort(
            f"The {stream.kind} ends at {stream.end:.2f} s, the video should last {expected:g} s."
            if expected
            else f"The {stream.kind} is empty."
        )


def tolerance(expected: float) -> float:
    return max(TOLERANCE * expected, LEAST_TOLERANCE_S)


def probe(path: Path, *, ffmpeg: str, expected: float | None, time_limit_s: float) -> Probe:
    """Reads the last seconds of a file of about the expected length.

    Raises Unreadable or FfmpegKilled.
    """
    start = max(0.0, (expected or 0.0) - tolerance(expected or 0.0) - TAIL_S)
    seek = ["-ss", f"{start:.3f}"] if start else []
    command = [
        *(ffmpeg, "-hide_banner", "-nostdin", "-v", "error", *seek, "-copyts", "-i", str(path)),
        *("-map", "0:v:0?", "-map", "0:a:0?", "-c", "copy", "-f", "framecrc", "-"),
    ]
    said = _run(command, time_limit_s)
    streams = read(said.stdout)
    if not streams:
        words = said.stderr.strip().splitlines()
        raise Unreadable(words[-1][-300:] if words else "ffmpeg found neither picture nor sound.")
    return Probe(
        video=next((each for each in streams if each.kind == "video"), None),
        audio=next((each for each in streams if each.kind == "audio"), None),
    )


def _run(command: list[str], time_limit_s: float) -> subprocess.CompletedProcess[str]:
    try:
        said = subprocess.run(
            command, capture_output=True, text=True, errors="replace", timeout=time_limit_s
        )
    except subprocess.TimeoutExpired as error:
        raise Unreadable(f"ffmpeg was not done with the file after {time_limit_s:g} s.") from error
    if said.returncode < 0:
        # What it read until then would look like a film that ends there.
        raise FfmpegKilled(-said.returncode)
    return said


def read(report: str) -> list[Stream]:
    """The streams of a framecrc report: `#name index: value` lines, then one line a packet."""
    facts: dict[str, dict[str, str]] = {}
    ends: dict[str, int] = {}
    for line in report.splitlines():
        if line.startswith("#"):
            name, _, rest = line[1:].partition(" ")
            index, _, value = rest.partition(":")
            facts.setdefault(index.strip(), {})[name] = value.strip()
        elif packet := _packet(line):
            ends[packet[0]] = max(ends.get(packet[0], 0), packet[1])
    return [_stream(fact, ends.get(i, 0)) for i, fact in facts.items() if "media_type" in fact]


def _packet(line: str) -> tuple[str, int] | None:
    """Stream index and end in ticks of `index, dts, pts, duration, size, checksum`."""
    columns = line.split(",", 4)
    try:
        return columns[0].strip(), int(columns[2]) + int(columns[3])
    except (IndexError, ValueError):
        return None


def _stream(facts: dict[str, str], end: int) -> Stream:
    width, _, height = facts.get("dimensions", "").partition("x")
    tick = Fraction(facts.get("tb", "1/1000"))
    return Stream(
        kind=facts["media_type"],
        codec=facts.get("codec_id", ""),
        width=int(width) if width.isdecimal() else None,
        height=int(height) if height.isdecimal() else None,
        end=float(end * tick),
    )

"""Captions in every format that yt-dlp asks for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from html import escape

from .channels import Video
from .wire import Answer, dump

SECONDS_PER_CUE = 1.0


@dataclass(frozen=True, slots=True)
class Cue:
    start: float
    stop: float
    words: str


def captions_answer(video: Video, language: str, form: str) -> Answer:
    content_type, render = FORMS.get(form, FORMS["srv3"])
    return Answer(200, render(cues(video, language)).encode(errors="replace"), content_type)


def cues(video: Video, language: str) -> list[Cue]:
    """What `video.spoken` says, else a line a second, spread over the whole video."""
    count = max(1, int(video.duration / SECONDS_PER_CUE))
    lines = video.spoken or [f"{language} {n + 1}: {video.title}" for n in range(min(count, 600))]
    step = video.duration / len(lines)
    return [Cue(n * step, (n + 1) * step, words) for n, words in enumerate(lines)]


def _json3(shown: list[Cue]) -> str:
    events = [
        {
            "tStartMs": int(cue.start * 1000),
            "dDurationMs": int((cue.stop - cue.start) * 1000),
            "segs": [{"utf8": cue.words}],
        }
        for cue in shown
    ]
    return dump({"wireMagic": "pb3", "events": events}).decode()


def _vtt(shown: list[Cue]) -> str:
    blocks = [
        f"{_time(c.start, '.')} --> {_time(c.stop, '.')}\n{escape(c.words, False)}" for c in shown
    ]
    return "WEBVTT\nKind: captions\n\n" + "\n\n".join(blocks) + "\n"


def _srt(shown: list[Cue]) -> str:
    return "\n".join(
        f"{number}\n{_time(cue.start, ',')} --> {_time(cue.stop, ',')}\n{cue.words}\n"
        for number, cue in enumerate(shown, 1)
    )


def _srv1(shown: list[Cue]) -> str:
    lines = (
        f'<text start="{c.start:.3f}" dur="{c.stop - c.start:.3f}">{escape(c.words)}</text>'
        for c in shown
    )
    return _xml(f"<transcript>{''.join(lines)}</transcript>")


def _srv2(shown: list[Cue]) -> str:
    lines = (
        f'<text t="{_ms(c.start)}" d="{_ms(c.stop - c.start)}">{escape(c.words)}</text>'
        for c in shown
    )
    return _xml(f"<timedtext>{''.join(lines)}</timedtext>")


def _srv3(shown: list[Cue]) -> str:
    lines = (
        f'<p t="{_ms(c.start)}" d="{_ms(c.stop - c.start)}">{escape(c.words)}</p>' for c in shown
    )
    return _xml(f'<timedtext format="3"><body>{"".join(lines)}</body></timedtext>')


def _ttml(shown: list[Cue]) -> str:
    lines = (
        f'<p begin="{_time(c.start, ".")}" end="{_time(c.stop, ".")}">{escape(c.words)}</p>'
        for c in shown
    )
    body = f"<body><div>{''.join(lines)}</div></body>"
    return _xml(f'<tt xml:lang="en" xmlns="http://www.w3.org/ns/ttml">{body}</tt>')


def _xml(root: str) -> str:
    return f'<?xml version="1.0" encoding="utf-8" ?>{root}'


def _ms(seconds: float) -> int:
    return int(seconds * 1000)


def _time(seconds: float, point: str) -> str:
    minutes, milliseconds = divmod(round(seconds * 1000), 60_000)
    hours, minutes = divmod(minutes, 60)
    whole, rest = divmod(milliseconds, 1000)
    return f"{hours:02}:{minutes:02}:{whole:02}{point}{rest:03}"


FORMS: dict[str, tuple[str, Callable[[list[Cue]], str]]] = {
    "json3": ("application/json; charset=utf-8", _json3),
    "vtt": ("text/vtt; charset=utf-8", _vtt),
    "srt": ("text/plain; charset=utf-8", _srt),
    "srv1": ("text/xml; charset=utf-8", _srv1),
    "srv2": ("text/xml; charset=utf-8", _srv2),
    "srv3": ("text/xml; charset=utf-8", _srv3),
    "ttml": ("text/xml; charset=utf-8", _ttml),
}

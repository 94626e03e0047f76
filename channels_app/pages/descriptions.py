"""A description as safe HTML: its addresses are links, its times jump in the player. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

_PIECES: Final = re.compile(
    r"(?P<url>https?://[^\s<>\"'\x00-\x1f]{1,2000})|(?<![\d:.])(?P<time>\d{1,2}(?::[0-5]\d){1,2})(?![\d:])",
    re.ASCII,
)
# What ends a sentence does not belong to the address before it.
_TRAILING: Final = ".,;:!?…"
_PAIRS: Final = {")": "(", "]": "["}
SHOWN_URL: Final = 60


def as_html(text: str) -> SafeString:
    return mark_safe("".join(_parts(text)))  # noqa: S308  (every part of it is escaped)


def _parts(text: str) -> Iterator[str]:
    done = 0
    for found in _PIECES.finditer(text):
        yield escape(text[done : found.start()])
        done = found.end()
        if found["time"]:
            yield _time(found["time"])
        else:
            url = _trimmed(found["url"])
            yield _link(url)
            yield escape(found["url"][len(url) :])
    yield escape(text[done:])


def _trimmed(url: str) -> str:
    while url[-1] in _TRAILING or (url[-1] in _PAIRS and _unpaired(url)):
        url = url[:-1]
    return url


def _unpaired(url: str) -> bool:
    return url.count(url[-1]) > url.count(_PAIRS[url[-1]])


def _link(url: str) -> str:
    shown = url if len(url) <= SHOWN_URL else f"{url[: SHOWN_URL - 1]}…"
    return format_html(
        '<a href="{}" rel="noopener noreferrer nofollow ugc" target="_blank">{}</a>', url, shown
    )


def _time(text: str) -> str:
    seconds = 0
    for part in text.split(":"):
        seconds = seconds * 60 + int(part)
    return format_html('<a href="?t={}" data-seek="{}">{}</a>', seconds, seconds, text)

"""Filters of the library's pages."""

from __future__ import annotations

import zlib
from datetime import datetime

from django import template
from django.utils import timezone
from django.utils.safestring import SafeString

from channels_app.models import Track, TrackFile
from channels_app.pages import badges, descriptions, humanize
from channels_app.pages.badges import Badge

register = template.Library()

TONES = 8


@register.filter
def clock(seconds: float | None) -> str:
    return "" if seconds is None else humanize.clock(seconds)


@register.filter
def spoken(seconds: float | None) -> str:
    return "" if seconds is None else humanize.spoken(seconds)


@register.filter
def ago(then: datetime | None) -> str:
    return "" if then is None else humanize.ago(then, at=timezone.now())


@register.filter
def compact(number: int | None) -> str:
    return "" if number is None else humanize.compact(number)


@register.filter
def description(text: str) -> SafeString:
    return descriptions.as_html(text)


@register.filter
def tone(key: object) -> int:
    """One of eight colours, always the same for the same thing."""
    return zlib.crc32(str(key).encode()) % TONES


@register.filter
def initial(name: object) -> str:
    """The first letter or digit of a name."""
    return next((c.upper() for c in str(name) if c.isalnum()), "•")


@register.filter
def source_badge(track: Track) -> Badge | None:
    return badges.source_badge(track)


@register.filter
def state_badge(track: Track) -> Badge | None:
    return badges.state_badge(track)


@register.filter
def picture(track: Track) -> TrackFile | None:
    """The track's thumbnail, of tracks from `cards()`."""
    pictures: list[TrackFile] = getattr(track, "pictures", [])
    return pictures[0] if pictures else None

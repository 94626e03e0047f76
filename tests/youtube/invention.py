"""Ids, titles, dates and numbers made up from a seed: the same handle gives the same channel."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime, timedelta

from .channels import CaptionKind, Channel, Tab, Video

# Latin with accents, CJK, Arabic (right to left), Cyrillic, Devanagari, emoji joined by
# zero-width joiners, combining marks, and what file systems, HTML and shells dislike.
TITLES = (
    "{name} {n}: tomatoes in the greenhouse",
    "{name} {n}: Über Gärten & Höfe, naïve façade",
    "温室の朝 {n} · {name}",
    "الحلقة {n} greenhouse",
    'What "{name}" taught us about <compost> / part {n}',
    "Огород в июле, часть {n}",
    "{name} #{n} 🌱👩🏽‍🌾🍅 harvest!",
    "बग़ीचे की कहानी {n}",
    "50% off? {name} pays {n} €: a * question | with pipes",
    "정원 일기 {n}화",
    "e\u0301te\u0301 {n}: combining marks",
    "-{n} degrees: frost in the {name}",
)

CATEGORIES = ("Howto & Style", "Education", "Science & Technology", "People & Blogs")

LICENSE = "Creative Commons Attribution license (reuse allowed)"

NEWEST = datetime(2026, 10, 1, 9, 30, tzinfo=UTC)


def digest(*seed: object) -> bytes:
    return hashlib.sha256("\x1f".join(map(str, seed)).encode()).digest()


def number(low: int, high: int, *seed: object) -> int:
    return low + int.from_bytes(digest(*seed)[:6], "big") % (high - low)


def video_id(handle: str, tab: str, index: int) -> str:
    """11 characters; some begin with a dash or hold an underscore, as real ones do."""
    made = base64.urlsafe_b64encode(digest("video", handle, tab, index)[:8]).decode()[:11]
    if index % 17 == 3:
        return "-" + made[1:]
    return made[:5] + "_" + made[6:] if index % 11 == 5 else made


def channel_id(handle: str) -> str:
    return "UC" + base64.urlsafe_b64encode(digest("channel", handle)[:16]).decode()[:22]


def playlist_id(handle: str, title: str, index: int) -> str:
    made = base64.urlsafe_b64encode(digest("playlist", handle, title, index)).decode()
    return "PL" + made[:32]


def title(name: str, tab: str, index: int) -> str:
    words = TITLES[index % len(TITLES)].format(name=name, n=index + 1)
    return words if tab == "videos" else f"{words} ({tab[:-1]})"


def uploaded_at(handle: str, tab: str, index: int) -> datetime:
    """Newest first: every video is some 20 to 28 hours older than the one before it."""
    return NEWEST - timedelta(days=index, minutes=number(0, 240, "age", handle, tab, index))


def description(name: str, heading: str) -> str:
    return f"{heading}\n\nFilmed by {name}. More at https://example.org/{len(heading)} & elsewhere."


def made_up(channel: Channel, tab: Tab, index: int, *, duration: float, size: int | None) -> Video:
    seed = (channel.handle, tab, index)
    heading = title(channel.title, tab, index)
    captions: dict[str, CaptionKind] = {"en": "manual"} if index % 2 == 0 else {}
    if index % 4 == 1:
        captions["en"] = "asr"
    thirds = [(0, "Beginning"), (duration // 3, "Middle"), (2 * duration // 3, "End")]
    return Video(
        video_id=video_id(*seed),
        title=heading,
        channel=channel,
        tab=tab,
        uploaded_at=uploaded_at(*seed),
        duration=duration,
        bytes=size,
        description=description(channel.title, heading),
        tags=("compost", channel.handle.lower(), f"number {index + 1}"),
        chapters=thirds if index % 3 == 0 and duration >= 3 else (),
        captions=captions,
        license=LICENSE if index % 5 == 0 else None,
        location="Lisbon" if index % 7 == 0 else None,
        category=CATEGORIES[index % len(CATEGORIES)],
        views=number(10, 3_000_000, "views", *seed),
        likes=number(0, 90_000, "likes", *seed),
        comments=number(0, 4_000, "comments", *seed),
    )

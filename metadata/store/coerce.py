"""Values of unknown kind and size into what a column holds; whatever comes in, nothing raises."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any, Final

from metadata.youtube.listing import entries

Coerce = Callable[[Any], Any]

BIGGEST: Final = 2**63 - 1
BIGGEST_INT: Final = 2**31 - 1
LONGEST_TEXT: Final = 100_000
DEEPEST: Final = 8
_YEARS: Final = range(1, 10_000)


def text(longest: int) -> Coerce:
    def coerce(value: Any) -> str | None:
        if not isinstance(value, str | int | float) or isinstance(value, bool):
            return None
        return clean(str(value))[:longest] or None

    return coerce


def clean(value: str) -> str:
    """Without NUL and lone surrogates, which PostgreSQL refuses."""
    return value.replace("\0", "").encode("utf-8", "ignore").decode("utf-8")


def whole(biggest: int) -> Coerce:
    def coerce(value: Any) -> int | None:
        number = _number(value)
        return None if number is None else max(-biggest, min(biggest, int(number)))

    return coerce


def fraction(value: Any) -> float | None:
    number = _number(value)
    return None if number is None else float(max(-1e300, min(1e300, number)))


def _number(value: Any) -> int | float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        value = _parsed(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if isinstance(value, int) else None


def _parsed(value: str) -> int | float | None:
    # A long row of digits is refused by int(): it is no count anyway.
    if len(value) > 40:
        return None
    for kind in (int, float):
        try:
            return kind(value.strip())
        except ValueError:
            continue
    return None


def yes_no(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def day(value: Any) -> date | None:
    """From yt-dlp's "20260131", or an ISO date."""
    if isinstance(value, date):
        return value
    digits = str(value).replace("-", "")[:8] if isinstance(value, str | int) else ""
    try:
        return datetime.strptime(digits, "%Y%m%d").replace(tzinfo=UTC).date()
    except ValueError:
        return None


def year(value: Any) -> int | None:
    number = _number(value)
    return int(number) if number is not None and int(number) in _YEARS else None


def listed(value: Any) -> list[Any] | None:
    if not isinstance(value, list | tuple):
        return None
    return [each for each in map(plain, value) if each is not None] or None


def captions(value: Any) -> list[str] | None:
    return [clean(code)[:35] for code in entries.languages(value)] or None


def pictures(value: Any) -> list[Any] | None:
    return listed(entries.pictures(value))


def picture(value: Any) -> str | None:
    url = text(1000)(value)
    return (entries.lasting_url(url) or None) if url else None


def plain(value: Any) -> Any:
    """As JSON can hold it, without NUL, infinity and what is no data; deep nesting is cut."""
    return _plain(value, DEEPEST)


def _plain(value: Any, depth: int) -> Any:
    match value:
        case bool() | None:
            return value
        case str():
            return clean(value)[:LONGEST_TEXT]
        case int():
            return value if abs(value) <= BIGGEST else None
        case float():
            return value if math.isfinite(value) else None
        case dict() if depth:
            return {clean(str(key)): _plain(each, depth - 1) for key, each in value.items()}
        case list() | tuple() if depth:
            return [_plain(each, depth - 1) for each in value]
    return None

"""The one parser for JSON bodies: strict in encoding, size, depth, numbers and names."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from math import isfinite
from typing import Any, Final, NoReturn

from django.conf import settings
from django.http import HttpRequest

from videomind.http.problems import Problem

DEEPEST: Final = 20
# What every JSON reader can hold exactly.
LARGEST_INTEGER: Final = 2**53 - 1
# Possessive: a string that never ends is looked at once, not from each of its quotes.
_STRINGS: Final = re.compile(r'"(?:[^"\\]|\\.)*+"?', re.S)


def json_body(request: HttpRequest, *, optional: bool = False) -> dict[str, Any]:
    """The body as an object; raises Problem. An `optional` one may be missing altogether."""
    if optional and not has_body(request):
        return {}
    refuse_other_content(request)
    return parse(_read(request))


def refuse_other_content(request: HttpRequest) -> None:
    """A body that is not JSON is refused before anything reads it."""
    if request.content_type != "application/json":
        raise Problem(
            415, "unsupported_media_type", "The body must be JSON, sent as application/json."
        )
    if (request.content_params or {}).get("charset", "utf-8").lower() != "utf-8":
        raise Problem(415, "unsupported_media_type", "The body must be encoded in UTF-8.")


def has_body(request: HttpRequest) -> bool:
    return _length(request) > 0 or "Transfer-Encoding" in request.headers


def _length(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


def _read(request: HttpRequest) -> bytes:
    if "Transfer-Encoding" in request.headers and not _length(request):
        raise Problem(411, "length_required", "Send the body with a Content-Length.")
    if _length(request) > settings.BODY_LIMIT:
        raise Problem(
            413, "body_too_large", f"A body may have at most {settings.BODY_LIMIT} bytes."
        )
    return request.body


def parse(data: bytes) -> dict[str, Any]:
    text = _decode(data)
    _refuse_depth(text)
    try:
        value = json.loads(
            text,
            object_pairs_hook=_object,
            parse_constant=_no_constant,
            parse_int=_integer,
            parse_float=_number,
        )
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise malformed(f"The body is not JSON: {error.msg} ({where}).") from error
    if not isinstance(value, dict):
        raise malformed("The body must be a JSON object.")
    _refuse_odd_text(value)
    return value


def malformed(detail: str) -> Problem:
    return Problem(400, "malformed_json", detail)


def _decode(data: bytes) -> str:
    if data.startswith(b"\xef\xbb\xbf"):
        raise malformed("The body begins with a byte order mark, which JSON does not have.")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise malformed(f"The body is not UTF-8 (at byte {error.start}).") from error


def _refuse_depth(text: str) -> None:
    depth = 0
    for character in _STRINGS.sub("", text):
        if character in "[{":
            depth += 1
            if depth > DEEPEST:
                raise malformed(f"The body is nested deeper than {DEEPEST} levels.")
        elif character in "]}":
            depth -= 1


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise malformed(f"The name {name[:60]!r} stands twice in one object.")
        found[name] = value
    return found


def _no_constant(name: str) -> NoReturn:
    raise malformed(f"{name} is not a JSON number.")


def _integer(text: str) -> int:
    if len(text) > 17 or abs(int(text)) > LARGEST_INTEGER:
        raise malformed(f"A whole number is beyond ±{LARGEST_INTEGER}.")
    return int(text)


def _number(text: str) -> float:
    value = float(text)
    if not isfinite(value):
        raise malformed("A number is too large.")
    return value


def _refuse_odd_text(value: Any) -> None:
    """Half a surrogate pair is no character, and no database keeps U+0000."""
    for text in _texts(value):
        if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
            raise malformed("A string holds U+0000 or half a surrogate pair.")


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, dict):
        yield from value
        yield from _texts(list(value.values()))

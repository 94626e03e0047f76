"""HTTP/1.1 as the loopback YouTube speaks it: one request in, one answer out."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from http import HTTPStatus
from io import BufferedReader
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Json = dict[str, Any]

JSON_TYPE = "application/json; charset=utf-8"
HTML_TYPE = "text/html; charset=utf-8"


class Ending(StrEnum):
    """What happens to the connection once the answer is sent."""

    KEEP = "keep"
    CLOSE = "close"
    RESET = "reset"
    HANG = "hang"


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    host: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes = b""

    def json(self) -> Json:
        parsed = json.loads(self.body or b"{}")
        return parsed if isinstance(parsed, dict) else {}


@dataclass(frozen=True, slots=True)
class Answer:
    """`pieces` replaces `body` for media; status 0 means that not one byte is said."""

    status: int
    body: bytes = b""
    content_type: str = JSON_TYPE
    headers: tuple[tuple[str, str], ...] = ()
    length: int | None = None
    pieces: Iterable[bytes] = field(default=())
    ending: Ending = Ending.KEEP

    def head(self) -> bytes:
        length = len(self.body) if self.length is None else self.length
        lines = [
            f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}",
            f"Content-Type: {self.content_type}",
            f"Content-Length: {length}",
            *(f"{name}: {value}" for name, value in self.headers),
        ]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def dump(value: Any) -> bytes:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    # Half a character has no bytes; JSON has an escape for it, and YouTube sends that.
    return text.encode(errors="backslashreplace")


def json_answer(value: Any, status: int = 200) -> Answer:
    return Answer(status, dump(value))


def html_answer(body: bytes, status: int = 200) -> Answer:
    return Answer(status, body, HTML_TYPE)


def status_answer(status: int) -> Answer:
    return html_answer(f"<html><body>{status}</body></html>".encode(), status)


def silence(ending: Ending) -> Answer:
    return Answer(0, ending=ending)


def read_head(stream: BufferedReader) -> tuple[str, str, dict[str, str]] | None:
    """The method, the target and the headers (names in lower case), or None at end of stream."""
    first = stream.readline(65536).decode("latin-1").split()
    if len(first) < 2:
        return None
    headers: dict[str, str] = {}
    while (line := stream.readline(65536)) not in (b"\r\n", b"\n", b""):
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.strip().lower()] = value.strip()
    return first[0], first[1], headers


def request_of(
    method: str, target: str, headers: dict[str, str], *, host: str, body: bytes
) -> Request:
    parts = urlsplit(target)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    return Request(method, host, parts.path, query, headers, body)

"""What must not stand in a log: cookies, tokens, passwords in URLs, signed media URLs."""

from __future__ import annotations

import re
from typing import Final

HIDDEN: Final = "***"

_SECRETS: Final = (
    # user:password@ of a proxy or any other URL
    (re.compile(r"(?P<keep>\b[a-z][a-z0-9+.-]{0,20}://)[^\s/@'\"]+@", re.I), rf"\g<keep>{HIDDEN}@"),
    # signed media: everything behind the question mark is a key to the file
    (
        re.compile(r"(?P<keep>https?://[^\s/?#'\"]*googlevideo\.com/[^\s?#'\"]*)\?[^\s'\"]+", re.I),
        rf"\g<keep>?{HIDDEN}",
    ),
    (re.compile(r"(?P<keep>\b(?:set-)?cookie\s*[:=]\s*)[^\r\n]+", re.I), rf"\g<keep>{HIDDEN}"),
    (
        re.compile(r"(?P<keep>\bauthorization\s*[:=]\s*(?:\w+\s+)?)[^\s,;'\"]+", re.I),
        rf"\g<keep>{HIDDEN}",
    ),
    (re.compile(r"\bvm_[A-Za-z0-9_-]{8,}"), f"vm_{HIDDEN}"),
    (
        re.compile(
            r"(?P<keep>\b(?:password|passwd|secret|token|api[_-]?key|SAPISID|__Secure-\w+|LOGIN_INFO"
            r"|HSID|SSID|SID|po_?token|visitor_?data)['\"]?\s*[=:]\s*['\"]?)[^\s&;,'\"]{4,}",
            re.I,
        ),
        rf"\g<keep>{HIDDEN}",
    ),
)
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_COLOUR: Final = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


def redact(text: str) -> str:
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    return text


def printable(text: str) -> str:
    """Control characters written out, so that a log line cannot forge another or move a cursor."""
    text = _COLOUR.sub("", text).replace("\t", "    ")
    return _CONTROL.sub(lambda match: f"\\x{ord(match.group()):02x}", text)


def clean(line: str) -> str:
    return redact(printable(line))

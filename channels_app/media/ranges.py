"""The Range header (RFC 9110, section 14) as one slice of a file. Pure."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from typing import Final, Literal

_UNIT: Final = "bytes"
_SPEC: Final = re.compile(r"([0-9]*)-([0-9]*)", re.ASCII)
# Far beyond any file; what has more digits is larger than that.
_DIGITS: Final = 19

UNSATISFIABLE: Final = "unsatisfiable"


@dataclass(frozen=True, slots=True)
class Slice:
    """Bytes `first` to `last`, both included, of a file that has them."""

    first: int
    last: int
    open_ended: bool = False
    """The client named no end: a player that reads on as long as it likes."""

    @property
    def length(self) -> int:
        return self.last - self.first + 1

    def at_most(self, length: int) -> Slice:
        return Slice(self.first, min(self.last, self.first + length - 1), self.open_ended)

    def content_range(self, size: int) -> str:
        return f"{_UNIT} {self.first}-{self.last}/{size}"


def requested(header: str | None, size: int) -> Slice | Literal["unsatisfiable"] | None:
    """What to send of `size` bytes; None: the whole file.

    A header that cannot be read, and one that asks for several ranges, is as good as none.
    """
    spec = _only_spec(header or "")
    found = _SPEC.fullmatch(spec)
    if found is None:
        return None
    first, last = found.groups()
    if first:
        return _from(_number(first), last, size)
    return _suffix(_number(last), size) if last else None


def _only_spec(header: str) -> str:
    unit, _, ranges = header.partition("=")
    specs = [spec for each in ranges.split(",") if (spec := each.strip(" \t"))]
    return specs[0] if unit.strip(" \t").lower() == _UNIT and len(specs) == 1 else ""


def _number(text: str) -> int:
    digits = text.lstrip("0")
    return int(digits or "0") if len(digits) < _DIGITS else sys.maxsize


def _from(first: int, last: str, size: int) -> Slice | Literal["unsatisfiable"] | None:
    if last and _number(last) < first:
        return None
    if first >= size:
        return UNSATISFIABLE
    return Slice(first, min(_number(last), size - 1) if last else size - 1, open_ended=not last)


def _suffix(length: int, size: int) -> Slice | Literal["unsatisfiable"]:
    if not length or not size:
        return UNSATISFIABLE
    return Slice(max(0, size - length), size - 1)


def is_fresh(if_range: str | None, *, etag: str, last_modified: str) -> bool:
    """Whether If-Range (if there is one) still means this file. A weak tag never does."""
    if if_range is None:
        return True
    return if_range.strip(" \t") in (etag, last_modified)

"""What may stand in an address of a page: anything else is no page, and no database is asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.urls.converters import StringConverter


class Shelf(StringConverter):
    """A group's slug, in any script."""

    regex = r"[\w-]{1,60}"


class Source(StringConverter):
    """YouTube's id of a channel or a playlist."""

    regex = r"[0-9A-Za-z_-]{1,50}"


class Video(StringConverter):
    regex = r"[0-9A-Za-z_-]{11}"


class File(StringConverter):
    """A row's number: no path, and none too large for a database."""

    regex = r"[0-9]{1,18}"

    def to_python(self, value: str) -> int:  # type: ignore[override]
        return int(value)


CONVERTERS: Final[Mapping[str, type[StringConverter]]] = {
    "shelf": Shelf,
    "source": Source,
    "video": Video,
    "file": File,
}

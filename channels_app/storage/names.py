"""Names of files and folders, made from titles and ids. Pure: nothing here looks at a disk."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container
from typing import Final

TITLE_BYTES: Final = 150
FOLDER_BYTES: Final = 100
# What a file system takes for one name.
NAME_BYTES: Final = 255

_REPLACED: Final = str.maketrans({
    "/": "-", "\\": "-", "|": "-", ":": "-", "*": "", "?": "", '"': "'", "<": "(", ">": ")",
})  # fmt: skip
# Emoji and Indic scripts are written with these two; every other invisible character goes.
_JOINERS: Final = "\u200c\u200d"
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_SPACES: Final = re.compile(r"\s+")
_FIRST: Final = " .-~" + _JOINERS
_LAST: Final = " ." + _JOINERS
_RESERVED: Final = re.compile(r"(?:CON|PRN|AUX|NUL|CLOCK\$|(?:COM|LPT)[0-9¹²³])", re.IGNORECASE)
_ID: Final = re.compile(r"[0-9A-Za-z_-]{11}")


def clean(text: str, *, most_bytes: int = TITLE_BYTES) -> str:
    """Text as a part of a name on any file system; "" when nothing of it can stand there."""
    seen = "".join(c for c in text if c in _JOINERS or _is_visible(c)).translate(_REPLACED)
    name = unicodedata.normalize("NFC", _SPACES.sub(" ", seen))
    name = cut(name.lstrip(_FIRST), most_bytes).rstrip(_LAST)
    # Windows looks at what stands before the first dot.
    if _RESERVED.fullmatch(name.partition(".")[0].rstrip()):
        return cut(f"_{name}", most_bytes).rstrip(_LAST)
    return name


def _is_visible(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) not in _INVISIBLE


def cut(text: str, most_bytes: int) -> str:
    """The longest beginning that takes no more bytes as UTF-8, never half a character."""
    return text.encode("utf-8")[:most_bytes].decode("utf-8", "ignore")


def stem(title: str, video_id: str, *, copy: int = 1) -> str:
    """ "Title [id]", from the second copy on "Title [id] (2)". The id makes it unique."""
    if not _ID.fullmatch(video_id):
        raise ValueError(f"{video_id!r} is not a video's id")
    name = f"{clean(title) or 'untitled'} [{video_id}]"
    return name if copy == 1 else f"{name} ({copy})"


def file_name(stem: str, *, extension: str, language: str = "") -> str:
    """ "stem.mp4", "stem.en.vtt". Raises ValueError for what is not one plain name."""
    suffix = f".{language}.{extension}" if language else f".{extension}"
    if not re.fullmatch(r"(?:\.[0-9A-Za-z-]{1,40}){1,3}", suffix):
        raise ValueError(f"{suffix!r} is not a suffix")
    name = stem + suffix
    if len(name.encode("utf-8")) > NAME_BYTES:
        raise ValueError("the name is too long")
    return name


def folder_name(*candidates: str, key: str, taken: Container[str] = ()) -> str:
    """The first candidate that gives a name; with `key` behind it when that name is taken.

    `taken` holds casefolded names: some file systems do not tell "Garden" from "garden".
    """
    cleaned = (clean(each, most_bytes=FOLDER_BYTES) for each in candidates)
    name = next(filter(None, cleaned), "") or key
    return f"{name} [{key}]" if name.casefold() in taken else name

"""The cookies that YouTube gets from us: the file that COOKIES_FILE names, read here alone."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from django.conf import settings


class CookiesMissing(Exception):
    """A cookies file is configured, but cannot be read."""

    code = "cookies_refused"


def read_cookies() -> bytes | None:
    """What stands in the file; None where none is configured. Raises CookiesMissing."""
    if not settings.COOKIES_FILE:
        return None
    try:
        return Path(settings.COOKIES_FILE).read_bytes()
    except OSError as error:
        raise CookiesMissing(f"COOKIES_FILE cannot be read: {error.strerror}.") from error


def cookies_file() -> str | None:
    """The configured file for who only reads it. Raises CookiesMissing.

    yt-dlp would do without one that is not there, and not say so.
    """
    return None if read_cookies() is None else str(settings.COOKIES_FILE)


def trouble(since: datetime | None) -> str:
    """A hold for cookies ends when their file has changed; none begins here. Raises OSError."""
    if since is None or not settings.COOKIES_FILE:
        return ""
    try:
        read_cookies()
    except CookiesMissing as missing:
        return str(missing)
    # Not mtime: a file that was moved or copied with its times into place is older than that.
    changed = Path(settings.COOKIES_FILE).stat().st_ctime
    return "" if changed > since.timestamp() else "The cookies have not changed yet."

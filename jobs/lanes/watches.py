"""What the supervisor looks at where no job needs to try: each answers "" or a sentence."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.template.defaultfilters import filesizeformat

# A little more room than the floor before work goes on, so that a hold does not flutter.
MARGIN = 1.05


def disk(since: datetime | None) -> str:
    """Whether the media root's disk has MIN_FREE_DISK left."""
    try:
        found = os.statvfs(settings.MEDIA_ROOT)
    except OSError:
        # Said by the look at the media root itself.
        return ""
    free = found.f_bavail * found.f_frsize
    floor = settings.MIN_FREE_DISK * (MARGIN if since else 1)
    if free >= floor:
        return ""
    return (
        f"{filesizeformat(free)} are free where the library is;"
        f" MIN_FREE_DISK is {filesizeformat(settings.MIN_FREE_DISK)}."
    )


def cookies(since: datetime | None) -> str:
    """A hold for cookies ends when their file has changed; none begins here."""
    if since is None or not settings.COOKIES_FILE:
        return ""
    try:
        # Not mtime: a file that was moved or copied with its times into place is older than that.
        changed = Path(settings.COOKIES_FILE).stat().st_ctime
    except OSError:
        return "The cookies file is not there."
    return "" if changed > since.timestamp() else "The cookies have not changed yet."

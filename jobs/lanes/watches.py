"""What the supervisor looks at where no job needs to try: each answers "" or a sentence."""

from __future__ import annotations

import os
from datetime import datetime

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

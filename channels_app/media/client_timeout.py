"""Clients that stop taking what they asked for lose their thread, without a line in the log."""

from __future__ import annotations

import logging
from typing import Final

from django.http import HttpRequest

# Players and downloaders come back for the rest with a range.
STALLED_S: Final = 30


def drop_when_stalled(request: HttpRequest) -> None:
    # gunicorn makes the socket blocking again before it reads the next request.
    if client := request.META.get("gunicorn.socket"):
        client.settimeout(STALLED_S)


class NotStalled(logging.Filter):
    """gunicorn logs a traceback for each; a download that somebody has paused is no error."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not (record.exc_info and isinstance(record.exc_info[1], TimeoutError))


logging.getLogger("gunicorn.error").addFilter(NotStalled())

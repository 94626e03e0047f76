"""What is called at the start and each hour, in a process of its own: it touches the disk."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from django.conf import settings
from django.utils.module_loading import import_string

from jobs.supervisor.forked import forked, is_gone

logger = logging.getLogger(__name__)


@dataclass
class Housekeeping:
    """One round at a time: while one hangs no other is begun."""

    pid: int = 0

    def step(self) -> None:
        if is_gone(self.pid):
            self.pid = forked("vm-house", keep_house)


def keep_house() -> None:
    for each in settings.HOUSEKEEPING:
        for sentence in import_string(each)():
            logger.info("%s", sentence)

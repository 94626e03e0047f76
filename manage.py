#!/usr/bin/env python
"""Django's command line for VideoMind."""

# Nothing else is imported before the signals are taken: each import is time to be hit in.
from __future__ import annotations

import os
import signal
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType

# They run until they are told to stop, and may be told so before they have loaded Django.
UNTIL_STOPPED = ("up", "qcluster")
# USR1 and USR2 are what `up` sends to its workers.
STOPS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)


def main() -> None:
    if len(sys.argv) > 1 and sys.argv[1] in UNTIL_STOPPED:
        for number in STOPS:
            signal.signal(number, leave)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "videomind.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        # It names the variable and what is accepted: a traceback would hide it.
        sys.stderr.write(f"{error}\n")
        sys.exit(2)


def leave(number: int, frame: FrameType | None) -> None:
    """Until the command has handlers of its own there is nothing to finish.

    Not by an exception: one that is raised in a callback of the import system is printed and
    forgotten. A migration that is cut off here is rolled back by the database.
    """
    try:
        # Such as an ffmpeg that is asked for its version; a list that only Linux has.
        with open(f"/proc/self/task/{os.getpid()}/children") as children:
            for pid in children.read().split():
                os.kill(int(pid), signal.SIGKILL)
    finally:
        os._exit(0)


if __name__ == "__main__":
    main()

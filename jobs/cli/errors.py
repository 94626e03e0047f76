"""What every command says when the database does not answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management.base import CommandError

from videomind.database.outages import AWAY, on_one_line


@contextmanager
def database_answers() -> Iterator[None]:
    """Otherwise a sentence on stderr and exit code 1: a traceback would hide it."""
    try:
        yield
    except AWAY as error:
        raise CommandError(f"The database does not answer: {on_one_line(error)}") from error

"""Whether this process can do its work: each thing that stands in the way, in a sentence."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.module_loading import import_string

_migrated = False


def reasons() -> list[str]:
    """Empty: ready. The sentences hold no paths, addresses or passwords: anybody may read them."""
    return [*_database()] or [*_of_apps()]


def _database() -> Iterator[str]:
    try:
        if not _is_migrated():
            yield "The database is not migrated: run `manage.py migrate`."
    except DatabaseError:
        yield "The database does not answer."


def _is_migrated() -> bool:
    """Asked in full until the answer is yes; then one small query shows that it lives."""
    global _migrated
    if _migrated:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return True
    executor = MigrationExecutor(connection)
    _migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    return _migrated


def _of_apps() -> Iterator[str]:
    for each in settings.READINESS:
        yield from import_string(each)()

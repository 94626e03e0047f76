"""Whether this process can do its work: each thing that stands in the way, in a sentence."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from channels_app.models import TrackFile
from channels_app.storage.volume import Volume

_migrated = False


def reasons() -> list[str]:
    """Empty: ready. The sentences hold no paths, addresses or passwords: anybody may read them."""
    return [*_database()] or [*_media_root()]


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


def _media_root() -> Iterator[str]:
    volume = Volume(Path(settings.MEDIA_ROOT))
    if not volume.root.is_dir():
        yield "The media folder is not there."
    elif not os.access(volume.root, os.W_OK | os.X_OK):
        yield "The media folder cannot be written to."
    elif not volume.marker.is_file() and TrackFile.objects.exists():
        yield "The media folder has lost its marker, though the library has files: is it mounted?"

"""`flush` for the tests: DELETE where there are rows, and nothing made anew that still stands.

TransactionTestCase calls it after every test. Django's own TRUNCATEs every table, 40 of them, and
then makes content types, permissions and roles anew: on PostgreSQL half the time of tests/jobs.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from django.core.management.commands import flush
from django.core.management.sql import emit_post_migrate_signal
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

# What post_migrate fills. The rows that a migration makes (the default group and profile) go with
# the others, as they do with Django's own flush.
STANDING: Final = (
    "django_content_type",
    "auth_permission",
    "auth_group",
    "auth_group_permissions",
)
Marks = tuple[int, ...]
_migrated: dict[str, Marks] = {}


class Command(flush.Command):
    """Constraints are deferred on both databases, so the tables may come in any order."""

    def handle(self, **options: Any) -> None:
        connection = connections[options["database"]]
        with transaction.atomic(using=connection.alias):
            _delete(connection, _with_rows(connection, _tables(connection.alias)))
        if _migrated.get(connection.alias) != _marks(connection):
            self._make_standing_anew(connection)

    def _make_standing_anew(self, connection: BaseDatabaseWrapper) -> None:
        """A test has changed groups or permissions, or nobody has said how they stood."""
        with transaction.atomic(using=connection.alias):
            _delete(connection, STANDING)
        emit_post_migrate_signal(verbosity=0, interactive=False, db=connection.alias)
        remember(connection)


def remember(connection: BaseDatabaseWrapper) -> None:
    """What stands now is how it is after the migrations."""
    _migrated[connection.alias] = _marks(connection)


def _marks(connection: BaseDatabaseWrapper) -> Marks:
    """Ids are never given twice: no insertion and no deletion leaves both numbers as they were."""
    numbers = [f"(SELECT count(*) FROM {each}), (SELECT max(id) FROM {each})" for each in STANDING]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(numbers)}")
        found = cursor.fetchone()
    return tuple(found or ())


@cache
def _tables(alias: str) -> tuple[str, ...]:
    found = connections[alias].introspection.django_table_names(
        only_existing=True, include_views=False
    )
    return tuple(sorted(set(found) - set(STANDING)))


def _with_rows(connection: BaseDatabaseWrapper, tables: tuple[str, ...]) -> tuple[str, ...]:
    looks = (f"SELECT '{each}' WHERE EXISTS (SELECT 1 FROM {each})" for each in tables)
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(looks))
        return tuple(name for (name,) in cursor.fetchall())


def _delete(connection: BaseDatabaseWrapper, tables: tuple[str, ...]) -> None:
    with connection.cursor() as cursor:
        for each in tables:
            cursor.execute(f"DELETE FROM {each}")

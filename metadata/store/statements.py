"""Rows in bulk: one statement for any number of them, where the ORM's own takes 15 at a time.

SQLite gets 999 values a statement from Django 5.2, and a row of metadata has over 60.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import connection
from django.db.models import Field, Model

from metadata.models import YouTubeVideoMetadata
from metadata.store.changes import Update


def insert_rows(
    model: type[Model], rows: Sequence[Mapping[str, Any]], *, on_conflict: str = "DO NOTHING"
) -> None:
    """New rows, by column. One that another process has inserted meanwhile stays as it is."""
    if not rows:
        return
    fields = [field for field in model._meta.local_fields if not field.primary_key]
    names = ", ".join(_quoted(field) for field in fields)
    places = ", ".join(["%s"] * len(fields))
    statement = (
        f"INSERT INTO {_table(model)} ({names}) VALUES ({places})"  # noqa: S608  (our own names)
        f" ON CONFLICT {on_conflict}"
    )
    # Most columns of most rows are empty: their stored default is made once.
    empty = [(field, _stored(field, field.get_default())) for field in fields]
    _execute(
        statement,
        (
            [
                _stored(field, row[name]) if (name := field.attname) in row else none
                for field, none in empty
            ]
            for row in rows
        ),
    )


def update_rows(updates: Sequence[Update]) -> None:
    """Each row gets its own columns; a column it does not mention keeps its value."""
    if not updates:
        return
    names = sorted({name for each in updates for name in each.columns})
    fields = [_field(name) for name in names]
    sets = ", ".join(
        f"{_quoted(field)} = CASE WHEN %s THEN %s ELSE {_quoted(field)} END" for field in fields
    )
    statement = f"UPDATE {_table(YouTubeVideoMetadata)} SET {sets} WHERE id = %s"  # noqa: S608  (our own names)
    _execute(statement, ([*_pairs(fields, each.columns), each.pk] for each in updates))


def _pairs(fields: Iterable[Any], columns: Mapping[str, Any]) -> Iterable[Any]:
    for field in fields:
        yield field.name in columns
        yield _stored(field, columns[field.name]) if field.name in columns else None


def _given(field: Field[Any, Any], row: Mapping[str, Any], none: Any) -> Any:
    return _stored(field, row[field.attname]) if field.attname in row else none


def _stored(field: Field[Any, Any], value: Any) -> Any:
    return field.get_db_prep_save(value, connection)


def _field(name: str) -> Field[Any, Any]:
    field = YouTubeVideoMetadata._meta.get_field(name)
    if not isinstance(field, Field):
        raise TypeError(f"{name} is no column")
    return field


def _quoted(field: Field[Any, Any]) -> str:
    return connection.ops.quote_name(field.get_attname())


def _table(model: type[Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)


def _execute(statement: str, values: Iterable[Sequence[Any]]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(statement, list(values))

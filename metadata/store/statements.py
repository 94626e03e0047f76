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
from videomind.database.statements import column, field_of, insert_sql


def insert_rows(
    model: type[Model], rows: Sequence[Mapping[str, Any]], *, on_conflict: str = "DO NOTHING"
) -> None:
    """New rows, by column. One that another process has inserted meanwhile stays as it is."""
    if not rows:
        return
    fields = [field for field in model._meta.local_fields if not field.primary_key]
    # Most columns of most rows are empty: their stored default is made once.
    empty = [(field, _stored(field, field.get_default())) for field in fields]
    _execute(
        insert_sql(model, tuple(field.attname for field in fields), on_conflict=on_conflict),
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
    model = YouTubeVideoMetadata
    names = sorted({name for each in updates for name in each.columns})
    fields = [field_of(model, name) for name in names]
    quoted = [column(model, name) for name in names]
    sets = ", ".join(f"{name} = CASE WHEN %s THEN %s ELSE {name} END" for name in quoted)
    statement = f"UPDATE {model._meta.db_table} SET {sets} WHERE id = %s"  # noqa: S608  (our own names)
    _execute(statement, ([*_pairs(fields, each.columns), each.pk] for each in updates))


def _pairs(fields: Iterable[Field[Any, Any]], columns: Mapping[str, Any]) -> Iterable[Any]:
    for field in fields:
        yield field.attname in columns
        yield _stored(field, columns[field.attname]) if field.attname in columns else None


def _stored(field: Field[Any, Any], value: Any) -> Any:
    """By the field, also what is plain: a word in a column of JSON has quotation marks."""
    return field.get_db_prep_save(value, connection)


def _execute(statement: str, values: Iterable[Sequence[Any]]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(statement, list(values))

"""Prepared SQL for a model's rows, where the ORM costs too much.

Column names come from the models alone, and every value is a parameter."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from django.db import connection, models
from django.db.models import Field

Columns = tuple[str, ...]
_AS_THEY_ARE: Final = (int, str, bool, float, type(None))


@cache
def field_of(model: type[models.Model], name: str) -> Field[Any, Any]:
    fields = {field.attname: field for field in model._meta.concrete_fields}
    return fields[name]


def row_values(model: type[models.Model], columns: Columns, row: models.Model) -> list[Any]:
    return prepared(model, {name: getattr(row, name) for name in columns})


def prepared(model: type[models.Model], values: Mapping[str, Any]) -> list[Any]:
    """Values as the database driver takes them; plain ones need no field's help."""
    return [
        value
        if type(value) in _AS_THEY_ARE
        else field_of(model, name).get_db_prep_save(value, connection)
        for name, value in values.items()
    ]


def column(model: type[models.Model], name: str) -> str:
    return connection.ops.quote_name(str(field_of(model, name).column))


@cache
def insert_sql(
    model: type[models.Model], columns: Columns, rows: int = 1, *, on_conflict: str = "DO NOTHING"
) -> str:
    names = ", ".join(column(model, name) for name in columns)
    places = ", ".join(["(" + ", ".join(["%s"] * len(columns)) + ")"] * rows)
    return f"INSERT INTO {model._meta.db_table} ({names}) VALUES {places} ON CONFLICT {on_conflict}"

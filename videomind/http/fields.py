"""A body's fields by name and exact type; everything wrong is said at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from videomind.http.problems import FieldProblem, field_problem, invalid_fields
from videomind.http.times import parse_time

T = TypeVar("T")
MOST_IDENTIFIERS = 100


@dataclass(frozen=True, slots=True)
class Field:
    """`read` returns the value or raises ValueError with the sentence for the caller."""

    read: Callable[[Any], Any]
    required: bool = False


def text(value: Any) -> str:
    return _exactly(str, value, "It must be a string.")


def whole_number(value: Any) -> int:
    # bool is an int in Python, but not in JSON.
    number = None if isinstance(value, bool) else value
    return _exactly(int, number, "It must be a whole number.")


def identifiers(value: Any) -> tuple[int, ...]:
    """Ids of rows, each once is enough."""
    listed = _exactly(list, value, "It must be a list of whole numbers.")
    ids = [whole_number(each) for each in listed]
    if len(ids) > MOST_IDENTIFIERS or any(not 0 < each < 2**63 for each in ids):
        raise ValueError(f"It must be a list of at most {MOST_IDENTIFIERS} ids.")
    return tuple(ids)


def mapping(value: Any) -> dict[str, Any]:
    return _exactly(dict, value, "It must be an object.")


def time(value: Any) -> datetime:
    return parse_time(text(value))


def _exactly(expected: type[T], value: Any, sentence: str) -> T:
    if not isinstance(value, expected):
        raise ValueError(sentence)  # noqa: TRY004  (the caller's mistake, caught below)
    return value


def read_fields(body: Mapping[str, Any], fields: Mapping[str, Field]) -> dict[str, Any]:
    """The given fields as values; raises Problem for unknown, missing and wrong ones."""
    errors = [*_unknown(body, fields), *_missing(body, fields)]
    values: dict[str, Any] = {}
    for name, field in fields.items():
        if name in body:
            try:
                values[name] = field.read(body[name])
            except ValueError as error:
                errors.append(field_problem(name, "wrong_type", str(error)))
    if errors:
        raise invalid_fields(errors)
    return values


def _unknown(body: Mapping[str, Any], fields: Mapping[str, Field]) -> Iterator[FieldProblem]:
    accepted = ", ".join(fields)
    for name in body:
        if name not in fields:
            sentence = f"There is no such field; accepted are {accepted}."
            yield field_problem(name, "unknown_field", sentence)


def _missing(body: Mapping[str, Any], fields: Mapping[str, Field]) -> Iterator[FieldProblem]:
    for name, field in fields.items():
        if field.required and name not in body:
            yield field_problem(name, "required", "This field is required.")

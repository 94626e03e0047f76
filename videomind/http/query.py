"""Query parameters by name: unknown, repeated and malformed ones are refused, all at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.http import QueryDict

from videomind.http.problems import FieldProblem, field_problem, invalid_fields

LARGEST_ID: Final = 2**63 - 1
LONGEST_VALUE: Final = 500


@dataclass(frozen=True, slots=True)
class Parameter:
    """`read` returns the value or raises ValueError with the sentence for the caller."""

    read: Callable[[str], Any]
    repeatable: bool = False


def text(value: str) -> str:
    return value


def number(value: str) -> int | None:
    """What plain digits say, where a database can hold it as an id; None for any other text."""
    # isascii: other scripts' digits are digits to Python.
    plain = value.isascii() and value.isdigit() and len(value) <= len(str(LARGEST_ID))
    return int(value) if plain and int(value) <= LARGEST_ID else None


def whole_number(low: int, high: int) -> Callable[[str], int]:
    def read(value: str) -> int:
        if number(value.removeprefix("-")) is None or not low <= int(value) <= high:
            raise ValueError(f"A whole number from {low} to {high} is accepted.")
        return int(value)

    return read


def identifier(value: str) -> int:
    try:
        return whole_number(1, LARGEST_ID)(value)
    except ValueError as error:
        raise ValueError("It must be an id: a whole number above 0.") from error


def choice(accepted: Iterable[str]) -> Callable[[str], str]:
    values = list(accepted)

    def read(value: str) -> str:
        if value not in values:
            raise ValueError(f"Accepted are {', '.join(values)}.")
        return value

    return read


def yes_or_no(value: str) -> bool:
    return choice(["true", "false"])(value) == "true"


def read_query(query: QueryDict, parameters: Mapping[str, Parameter]) -> dict[str, Any]:
    """What was given, as values; a repeatable one as a list. Raises Problem."""
    errors = list(_unknown(query, parameters))
    values: dict[str, Any] = {}
    for name, parameter in parameters.items():
        if name not in query:
            continue
        try:
            values[name] = _read(query.getlist(name), parameter)
        except ValueError as error:
            errors.append(field_problem(name, "invalid", str(error)))
    if errors:
        raise invalid_fields(errors)
    return values


def _unknown(query: QueryDict, parameters: Mapping[str, Parameter]) -> Iterator[FieldProblem]:
    accepted = ", ".join(parameters) or "none"
    for name in query:
        if name not in parameters:
            sentence = f"There is no such parameter; accepted are {accepted}."
            yield field_problem(name, "unknown_parameter", sentence)


def _read(given: list[str], parameter: Parameter) -> Any:
    for value in given:
        if not value or "\x00" in value or len(value) > LONGEST_VALUE:
            raise ValueError(f"It must be 1 to {LONGEST_VALUE} characters, without U+0000.")
    if parameter.repeatable:
        return [parameter.read(value) for value in given]
    if len(given) > 1:
        raise ValueError("It may be given once only.")
    return parameter.read(given[0])

"""Query parameters and pages."""

from __future__ import annotations

import pytest
from django.http import QueryDict

from videomind.http import query
from videomind.http.paging import PAGE_PARAMETERS
from videomind.http.problems import Problem
from videomind.http.query import Parameter, read_query

ACCEPTED = {
    "colour": Parameter(query.choice(["red", "blue"]), repeatable=True),
    "id": Parameter(query.identifier),
    "flag": Parameter(query.yes_or_no),
    **PAGE_PARAMETERS,
}


def test_values_are_read_by_type() -> None:
    read = read_query(QueryDict("colour=red&colour=blue&id=7&flag=true&limit=5"), ACCEPTED)
    assert read == {"colour": ["red", "blue"], "id": 7, "flag": True, "limit": 5}


@pytest.mark.parametrize(
    "text",
    [
        "shape=round",
        "colour=green",
        "colour=",
        "id=7&id=8",
        "id=0",
        "id=-1",
        "id=1.0",
        "id=0x1",
        "id=٣",
        "id=1_0",
        "id=99999999999999999999999999",
        "id=%00",
        "flag=yes",
        "flag=1",
        "limit=0",
        "limit=201",
        "limit=ten",
        "offset=10001",
        "order=title",
        f"cursor={'x' * 501}",
    ],
)
def test_what_is_not_understood_is_refused(text: str) -> None:
    with pytest.raises(Problem) as refused:
        read_query(QueryDict(text), ACCEPTED)
    assert refused.value.status == 400
    assert refused.value.errors[0]["field"] == text.split("=")[0]


def test_every_mistake_is_named_at_once() -> None:
    with pytest.raises(Problem) as refused:
        read_query(QueryDict("shape=round&id=x&limit=0"), ACCEPTED)
    assert {error["field"] for error in refused.value.errors} == {"shape", "id", "limit"}

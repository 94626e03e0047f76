"""The list of jobs: filters in the address, pages by key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpResponse, QueryDict
from django.shortcuts import render

from jobs.failures import FAILURES
from jobs.kinds import kinds, lanes
from jobs.monitoring import search
from jobs.monitoring.search import Wanted
from jobs.states import ACTIVE, FAILED_ALIKE, Status
from jobs.views.access import ConsoleRequest, console
from videomind.http.query import number

LONGEST_WORDS: Final = 200
# What people mean, besides the single states.
GROUPS: Final[Mapping[str, tuple[str, tuple[Status, ...]]]] = {
    "active": ("All active", tuple(sorted(ACTIVE))),
    "failures": ("All failed", tuple(sorted(FAILED_ALIKE))),
}
NAMES: Final = ("status", "type", "lane", "failure", "parent", "q")


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    label: str
    chosen: bool


def _show(request: ConsoleRequest) -> HttpResponse:
    asked = {name: request.GET.get(name, "").strip() for name in NAMES}
    not_understood = list(_not_understood(asked))
    found = search.find(
        _wanted(asked),
        before=number(request.GET.get("before", "")),
        after=number(request.GET.get("after", "")),
    )
    context = {
        "place": "list",
        "asked": asked,
        "found": found,
        "choices": _choices(asked),
        "failure": FAILURES.get(asked["failure"]),
        "filtered": any(asked.values()),
        "not_understood": not_understood,
        "reach": search.REACH if asked["q"] and not search.reaches_all() else "",
        "older": _address(asked, before=found.older),
        "newer": _address(asked, after=found.newer),
    }
    return render(request, "jobs/list.html", context)


def _wanted(asked: Mapping[str, str]) -> Wanted:
    job_types = tuple(
        each.job_type
        for each in kinds().values()
        if asked["type"] in ("", each.job_type) and asked["lane"] in ("", each.lane)
    )
    # A type that no longer exists still has its rows.
    gone = () if asked["type"] in ("", *kinds()) else (asked["type"],)
    narrowed = bool(asked["type"] or asked["lane"])
    return Wanted(
        statuses=_statuses(asked["status"]),
        job_types=(job_types or gone or ("-",)) if narrowed else (),
        failure_code=asked["failure"],
        parent_id=number(asked["parent"]),
        words=asked["q"].replace("\x00", "")[:LONGEST_WORDS],
    )


def _statuses(asked: str) -> tuple[str, ...]:
    if asked in GROUPS:
        return tuple(each.value for each in GROUPS[asked][1])
    return (asked,) if asked in Status.values else ()


def _not_understood(asked: Mapping[str, str]) -> list[str]:
    """Sentences about filters that mean nothing; the list is then not narrowed by them."""
    known = {
        "status": {*GROUPS, *Status.values},
        "lane": {*lanes()},
        "failure": {*FAILURES},
    }
    said = [
        f"There is no {name} {asked[name][:60]!r}; this filter is left out."
        for name, accepted in known.items()
        if asked[name] and asked[name] not in accepted
    ]
    if asked["parent"] and number(asked["parent"]) is None:
        said.append("A parent is a job's number; this filter is left out.")
    return said


def _choices(asked: Mapping[str, str]) -> dict[str, list[Choice]]:
    statuses = [(name, label) for name, (label, _) in GROUPS.items()]
    statuses += [(each.value, str(each.label)) for each in Status]
    types = [(each.job_type, each.label) for each in kinds().values()]
    offered = {"status": statuses, "type": types, "lane": [(name, name) for name in lanes()]}
    return {
        name: [Choice(value, label, value == asked[name]) for value, label in pairs]
        for name, pairs in offered.items()
    }


def _address(asked: Mapping[str, str], **key: int | None) -> str:
    """The query of a neighbouring page; "" where there is none."""
    keys: dict[str, Any] = {name: value for name, value in key.items() if value is not None}
    if not keys:
        return ""
    query = QueryDict(mutable=True)
    query.update({name: value for name, value in asked.items() if value} | keys)
    return query.urlencode()


jobs = console(GET=_show)

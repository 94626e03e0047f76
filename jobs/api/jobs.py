"""The JSON API of jobs: create, list, look at, retry, cancel, remove, read logs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from django.db import transaction
from django.db.models import Q
from django.http import HttpResponse

from jobs import queue
from jobs.api.payloads import failure_payload, job_detail, job_payloads
from jobs.failures import FAILURES, FailureType
from jobs.kinds import kinds, lanes
from jobs.models import Job, JobQuerySet, Priority
from jobs.monitoring import search
from jobs.queue import refusals, removal
from jobs.states import Status
from videomind.http import fields, idempotency, query
from videomind.http.access import ApiRequest, require
from videomind.http.fields import Field, read_fields
from videomind.http.json_body import json_body
from videomind.http.paging import PAGE_PARAMETERS, page
from videomind.http.problems import Problem, not_found
from videomind.http.query import Parameter, read_query
from videomind.http.times import parse_time
from videomind.http.views import Answer, answer, json_view
from videomind.scopes import Scope

NEW_JOB: Final[Mapping[str, Field]] = {
    "job_type": Field(fields.text, required=True),
    "parameters": Field(fields.mapping),
    "priority": Field(fields.whole_number),
    "depends_on": Field(fields.identifiers),
    "run_at": Field(fields.time),
    "max_retries": Field(fields.whole_number),
    "timeout_seconds": Field(fields.whole_number),
}


# --- create ---------------------------------------------------------------------------------------


def _create(request: ApiRequest) -> Answer:
    body = json_body(request)
    asked = read_fields(body, NEW_JOB)
    _require_for(request, asked["job_type"], asked.get("parameters", {}))
    key = idempotency.key_of(request)
    return _create_once(request, key, body, asked) if key else _submit(request, asked)


def _create_once(
    request: ApiRequest, key: str, body: dict[str, Any], asked: dict[str, Any]
) -> HttpResponse:
    with transaction.atomic():
        row, is_new = idempotency.claim(request.caller.owner, key, body=body)
        if not is_new:
            found = job_detail(_job(row.job_id or 0))
            return answer(found, Idempotency_Replayed="true")
        response = _submit(request, asked)
        idempotency.remember(row, int(response["Location"].rpartition("/")[2]))
        return response


def _submit(request: ApiRequest, asked: dict[str, Any]) -> HttpResponse:
    wishes = {name: asked[name] for name in asked.keys() - {"job_type", "parameters"}}
    options = queue.Options(requested_by=request.caller.name, **wishes)
    with _refusals():
        done = queue.submit(asked["job_type"], asked.get("parameters", {}), options=options)
    status = 201 if done.created else 200
    return answer(job_detail(done.job), status=status, Location=f"/api/jobs/{done.job.pk}")


def _require_for(request: ApiRequest, job_type: str, parameters: dict[str, Any]) -> None:
    """Some parameters are for administrators only; the kind's form knows which."""
    found = kinds().get(job_type)
    if found and found.form_class.for_administrators(parameters):
        require(request.caller, Scope.ADMIN)


@contextmanager
def _refusals() -> Iterator[None]:
    """What the queue refuses, as problems."""
    try:
        yield
    except refusals.InvalidJob as refused:
        raise Problem(400, refused.code, str(refused), errors=refused.errors) from refused
    except refusals.AlreadyActive as refused:
        raise Problem(409, refused.code, str(refused), job_id=refused.job.pk) from refused
    except refusals.Removed as refused:
        raise Problem(404, refused.code, str(refused)) from refused
    except refusals.NotPossible as refused:
        raise Problem(409, refused.code, str(refused)) from refused


# --- list and look --------------------------------------------------------------------------------


def _filters() -> Mapping[str, Parameter]:
    return {
        "status": Parameter(query.choice(Status.values), repeatable=True),
        "job_type": Parameter(query.choice(kinds()), repeatable=True),
        "lane": Parameter(query.choice(lanes())),
        "priority": Parameter(query.whole_number(min(Priority), max(Priority))),
        "failure_code": Parameter(query.choice(FAILURES)),
        "failure_type": Parameter(query.choice(FailureType)),
        "parent_job_id": Parameter(query.identifier),
        "requested_by": Parameter(query.text),
        "q": Parameter(query.text),
        "created_after": Parameter(parse_time),
        "created_before": Parameter(parse_time),
    }


_COLUMNS: Final[Mapping[str, str]] = {
    "status": "status__in",
    "job_type": "job_type__in",
    "lane": "lane",
    "priority": "priority",
    "failure_type": "failure_type",
    "parent_job_id": "parent_id",
    "requested_by": "requested_by",
}
# Filters that need more than a column for an index to answer them.
_BOUNDED: Final[Mapping[str, Callable[[Any], Q]]] = {
    "q": search.by_words,
    "failure_code": search.failed_with,
    "created_after": search.created_since,
    "created_before": search.created_before,
}


def _list(request: ApiRequest) -> Answer:
    asked = read_query(request.GET, {**_filters(), **PAGE_PARAMETERS})
    if asked.get("requested_by") == "me":
        asked["requested_by"] = request.caller.name
    found = page(_matching(asked), asked, kind="jobs")
    return found.as_json(lambda rows: list(job_payloads(rows)))


def _matching(asked: Mapping[str, Any]) -> JobQuerySet:
    wanted = {_COLUMNS[name]: value for name, value in asked.items() if name in _COLUMNS}
    bounds = [bound(asked[name]) for name, bound in _BOUNDED.items() if name in asked]
    return Job.objects.filter(*bounds, **wanted).defer("last_error_traceback")


def _show(request: ApiRequest, job_id: int) -> Answer:
    read_query(request.GET, {})
    return job_detail(_job(job_id))


def _job(job_id: int) -> Job:
    found = Job.objects.filter(pk=job_id).first()
    if found is None:
        raise not_found(f"job {job_id}")
    return found


# --- change ---------------------------------------------------------------------------------------


def _retry(request: ApiRequest, job_id: int) -> Answer:
    asked = read_fields(json_body(request, optional=True), {"parameters": Field(fields.mapping)})
    job = _job(job_id)
    if "parameters" in asked:
        _require_for(request, job.job_type, asked["parameters"])
    with _refusals():
        return job_detail(queue.retry(job, parameters=asked.get("parameters")))


def _cancel(request: ApiRequest, job_id: int) -> Answer:
    read_fields(json_body(request, optional=True), {})
    return _cancelled(_job(job_id))


def _cancelled(job: Job) -> Answer:
    """202 while its worker still has to stop it."""
    with _refusals():
        job = queue.cancel(job)
    return answer(job_detail(job), status=202 if job.is_active else 200)


def _remove(request: ApiRequest, job_id: int) -> Answer:
    asked = read_query(request.GET, {"files": Parameter(query.yes_or_no)})
    if asked.get("files"):
        raise Problem(501, "not_implemented", "Removing what a job downloaded is not possible yet.")
    job = _job(job_id)
    if job.is_active:
        return _cancelled(job)
    with _refusals():
        removal.remove(job)
    return HttpResponse(status=204)


def _change(request: ApiRequest, job_id: int) -> Answer:
    wanted = {"priority": Field(_priority, required=True)}
    asked = read_fields(json_body(request), wanted)
    job = _job(job_id)
    if not job.is_active:
        raise Problem(409, "wrong_state", f"Job {job_id} is {job.status}; it has no place in line.")
    queue.set_priority(job, asked["priority"])
    return job_detail(_job(job_id))


def _priority(value: Any) -> int:
    if fields.whole_number(value) not in Priority.values:
        raise ValueError(f"Accepted are {', '.join(str(each) for each in Priority.values)}.")
    return int(value)


def _failure_codes(request: ApiRequest) -> Answer:
    read_query(request.GET, {})
    return {"items": [failure_payload(each) for each in FAILURES.values()], "next": None}


jobs = json_view(GET=_list, POST=_create)
job = json_view(GET=_show, PATCH=_change, DELETE=_remove)
retry = json_view(POST=_retry)
cancel = json_view(POST=_cancel)
failure_codes = json_view(GET=_failure_codes)

"""Errors as `application/problem+json` (RFC 9457): one shape for people and for scripts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any, TypedDict

from django.http import JsonResponse


class FieldProblem(TypedDict):
    field: str
    code: str
    message: str


class Problem(Exception):
    """A request that is answered with an error. `code` is for scripts and stays the same."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        errors: Iterable[FieldProblem] = (),
        headers: Mapping[str, str] | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(detail)
        self.status = HTTPStatus(status)
        self.code = code
        self.detail = detail
        self.errors = list(errors)
        self.headers = dict(headers or {})
        self.extra = extra

    def response(self) -> JsonResponse:
        body = {
            "type": "about:blank",
            "title": self.status.phrase,
            "status": self.status.value,
            "detail": self.detail,
            "code": self.code,
            "errors": self.errors,
        }
        answer = JsonResponse(
            body | self.extra, status=self.status, content_type="application/problem+json"
        )
        for name, value in self.headers.items():
            answer[name] = value
        return answer


def field_problem(field: str, code: str, message: str) -> FieldProblem:
    return FieldProblem(field=field[:100], code=code, message=message)


def invalid_fields(errors: Iterable[FieldProblem]) -> Problem:
    found = list(errors)
    detail = "; ".join(f"{each['field']}: {each['message']}" for each in found[:3])
    return Problem(400, "invalid", detail, errors=found)


def not_found(what: str) -> Problem:
    return Problem(404, "not_found", f"There is no {what}.")

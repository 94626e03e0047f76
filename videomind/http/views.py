"""`json_view`: one address of the JSON API, its methods, who may call each, and its errors."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any, Concatenate, Final, cast

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from videomind.http.access import SAFE_METHODS, ApiRequest, caller_of, refuse_forgery, require
from videomind.http.json_body import has_body, refuse_other_content
from videomind.http.problems import Problem
from videomind.scopes import Scope

Answer = HttpResponse | Mapping[str, Any]
Handler = Callable[Concatenate[ApiRequest, ...], Answer]
View = Callable[..., HttpResponseBase]

NO_STORE: Final = "no-store"
RETRY_AFTER_S: Final = 10
logger = logging.getLogger("videomind.http")


def json_view(*, scopes: Mapping[str, Scope] | None = None, **methods: Handler) -> View:
    """`json_view(GET=list_jobs, POST=create_job)`: GET needs read, all else operate, or `scopes`.

    A handler answers with a mapping (200) or a response, and raises Problem for errors.
    """
    if "GET" in methods:
        methods["HEAD"] = methods["GET"]
    needed = {method: _usual_scope(method) for method in methods} | dict(scopes or {})

    def view(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        return _guarded(request, lambda: _dispatch(request, methods, needed, kwargs))

    exempt = csrf_exempt(view)
    vars(exempt)["scopes"] = needed
    return exempt


def public_json_view(
    handler: Callable[[HttpRequest], Answer], *, every_method: bool = False
) -> View:
    """An address that answers GET to anybody; the one for unknown addresses, every method."""

    def view(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        return _guarded(request, lambda: _public(request, handler, every_method))

    exempt = csrf_exempt(view)
    vars(exempt)["scopes"] = {}
    return exempt


def answer(data: Mapping[str, Any], *, status: int = 200, **headers: str) -> JsonResponse:
    """JSON with a status; header names are written with underscores."""
    response = JsonResponse(dict(data), status=status)
    for name, value in headers.items():
        response[name.replace("_", "-")] = value
    return response


def _usual_scope(method: str) -> Scope:
    return Scope.READ if method in SAFE_METHODS else Scope.OPERATE


def _dispatch(
    request: HttpRequest,
    methods: Mapping[str, Handler],
    needed: Mapping[str, Scope],
    kwargs: Mapping[str, Any],
) -> Answer:
    caller = caller_of(request)
    method = request.method or ""
    if method not in methods:
        raise not_allowed(methods)
    require(caller, needed[method])
    if has_body(request):
        refuse_other_content(request)
    refuse_forgery(request, caller)
    asked = cast(ApiRequest, request)
    asked.caller = caller
    return methods[method](asked, **kwargs)


def _public(
    request: HttpRequest,
    handler: Callable[[HttpRequest], Answer],
    every_method: bool,  # noqa: FBT001
) -> Answer:
    if not every_method and request.method not in SAFE_METHODS:
        raise not_allowed(SAFE_METHODS)
    return handler(request)


def not_allowed(methods: Mapping[str, Any] | frozenset[str]) -> Problem:
    allowed = ", ".join(sorted(methods))
    return Problem(
        405, "method_not_allowed", f"Allowed here: {allowed}.", headers={"Allow": allowed}
    )


def _guarded(request: HttpRequest, work: Callable[[], Answer]) -> HttpResponseBase:
    """Whatever happens is answered as JSON; what nobody foresaw goes to the log alone."""
    try:
        found = work()
        response = found if isinstance(found, HttpResponse) else answer(found)
    except Exception as error:
        response = _problem(request, error).response()
    response.setdefault("Cache-Control", NO_STORE)
    # Django would log every refusal as a warning; what is worth a line was logged above.
    vars(response)["_has_been_logged"] = True
    return _without_body(response) if request.method == "HEAD" else response


def _without_body(response: HttpResponse) -> HttpResponse:
    response["Content-Length"] = str(len(response.content))
    response.content = b""
    return response


def _problem(request: HttpRequest, error: Exception) -> Problem:
    match error:
        case Problem():
            return error
        case Http404():
            return Problem(404, "not_found", str(error) or "There is nothing here.")
        case RequestDataTooBig():
            return Problem(413, "body_too_large", "The body is too large.")
        case SuspiciousOperation():
            return Problem(400, "bad_request", "The request cannot be read.")
        case OperationalError() | InterfaceError():
            return _database_unavailable(request, error)
    logger.error("%s %s failed", request.method, request.path, exc_info=error)
    return Problem(500, "internal_error", "Something in VideoMind went wrong; its log says what.")


def _database_unavailable(request: HttpRequest, error: Exception) -> Problem:
    """Down, locked too long or a deadlock: it may go well in a moment. One line, no traceback."""
    reason = " ".join(str(error).split())
    logger.error("%s %s: the database does not answer: %s", request.method, request.path, reason)
    return Problem(
        503,
        "database_unavailable",
        "The database does not answer; try again in a moment.",
        headers={"Retry-After": str(RETRY_AFTER_S)},
    )

"""`console`: one address of the console, its methods, and who may call each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Concatenate, Final

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase

from jobs.models import Job
from videomind.http.access import ApiRequest, Caller, caller_of
from videomind.http.problems import Problem
from videomind.scopes import Scope

ConsoleRequest = ApiRequest
"""A request whose `caller` is known and may be here."""

Handler = Callable[Concatenate[ConsoleRequest, ...], HttpResponseBase]
View = Callable[..., HttpResponseBase]

NOTHING_CHANGED: Final = 204
STOP_POLLING: Final = 286
LARGEST_ID: Final = 2**63 - 1


def console(*, needs: Scope = Scope.OPERATE, **methods: Handler) -> View:
    """`console(GET=_show, POST=_change)`: for people who are signed in and may operate."""
    if "GET" in methods:
        methods["HEAD"] = methods["GET"]

    def view(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        answer = _answer(request, methods, needs, kwargs)
        answer["Cache-Control"] = "no-store"
        return answer

    vars(view)["needs"] = dict.fromkeys(methods, needs)
    return view


def _answer(
    request: HttpRequest, methods: Mapping[str, Handler], needs: Scope, kwargs: Mapping[str, Any]
) -> HttpResponseBase:
    if not request.user.is_authenticated:
        return _to_login(request)
    caller = _caller(request)
    if not caller.may(needs):
        raise PermissionDenied("The console is for operators and administrators.")
    handler = methods.get(request.method or "")
    if handler is None:
        return HttpResponseNotAllowed(sorted(methods))
    known = request
    known.caller = caller  # type: ignore[attr-defined]
    return handler(known, **kwargs)  # type: ignore[arg-type]


def _caller(request: HttpRequest) -> Caller:
    try:
        return caller_of(request)
    except Problem as problem:
        raise PermissionDenied(str(problem)) from problem


def _to_login(request: HttpRequest) -> HttpResponse:
    """A fragment's login form would be put into the page: there the whole page is asked again."""
    if is_fragment(request):
        return HttpResponse(status=NOTHING_CHANGED, headers={"HX-Refresh": "true"})
    return redirect_to_login(request.get_full_path())


def is_fragment(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true"


def job_or_404(job_id: int) -> Job:
    # SQLite and PostgreSQL refuse larger numbers with an error of their own.
    found = Job.objects.select_related("parent").filter(pk=min(job_id, LARGEST_ID)).first()
    if found is None:
        raise Http404(f"There is no job {job_id}.")
    return found

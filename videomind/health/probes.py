"""What a machine asks the site: does it live, can it work, which version is it, what is there."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import URLPattern, URLResolver, get_resolver

from videomind.health import readiness
from videomind.http.access import ApiRequest
from videomind.http.problems import not_found
from videomind.http.views import Answer, answer, json_view, public_json_view
from videomind.version import VERSION


def _alive(request: HttpRequest) -> Answer:
    """Touches nothing: a probe that fails for the database's sake restarts the wrong thing."""
    return {"status": "ok"}


def _ready(request: HttpRequest) -> Answer:
    reasons = readiness.reasons()
    body = {"status": "unavailable" if reasons else "ok", "reasons": reasons}
    return answer(body, status=503 if reasons else 200)


def _version(request: HttpRequest) -> Answer:
    return {"name": "VideoMind", "version": VERSION}


def _routes(request: ApiRequest) -> Answer:
    return {"items": list(routes()), "next": None}


def _nothing(request: HttpRequest) -> Answer:
    raise not_found("such address in the API; GET /api/ lists those there are")


def routes() -> list[dict[str, Any]]:
    """Every address of the JSON API with its methods and the scope that each needs."""
    return [
        {"path": path, "methods": dict(sorted(scopes.items()))}
        for path, scopes in sorted(_api(get_resolver().url_patterns, "/"))
    ]


def _api(patterns: list[URLPattern | URLResolver], start: str) -> list[tuple[str, dict[str, str]]]:
    found: list[tuple[str, dict[str, str]]] = []
    for each in patterns:
        path = start + str(each.pattern)
        if isinstance(each, URLResolver):
            found += _api(each.url_patterns, path)
        elif scopes := getattr(each.callback, "scopes", None):
            shown = {method: str(scope) for method, scope in scopes.items() if method != "HEAD"}
            found.append((_plain(path), shown))
    return found


def _plain(path: str) -> str:
    """`/api/jobs/<int:job_id>` as `/api/jobs/{job_id}`."""
    parts = path.split("/")
    return "/".join(
        "{" + part[1:-1].rpartition(":")[2] + "}" if part.startswith("<") else part
        for part in parts
    )


healthz = public_json_view(_alive)
readyz = public_json_view(_ready)
version = public_json_view(_version)
index = json_view(GET=_routes)
nothing = public_json_view(_nothing, every_method=True)

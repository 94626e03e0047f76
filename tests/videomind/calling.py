"""A script that calls the API with a token, as tests do."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.test import Client

from videomind.accounts import tokens
from videomind.scopes import Scope

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response


@dataclass
class Script:
    """Calls with one token; every error must be problem+json."""

    scope: Scope = Scope.OPERATE
    name: str = "nightly script"
    client: Client = field(default_factory=lambda: Client(raise_request_exception=False))
    secret: str = ""

    def __post_init__(self) -> None:
        if not self.secret:
            _, self.secret = tokens.make(self.name, scope=self.scope)

    def get(self, path: str, **query: Any) -> Response:
        return self.send("GET", path, query=query)

    def post(self, path: str, body: Any = None, **headers: str) -> Response:
        return self.send("POST", path, body=body, headers=headers)

    def send(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        raw: bytes | None = None,
        content_type: str = "application/json",
        query: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> Response:
        data = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in (headers or {}).items()}
        answer = self.client.generic(
            method,
            path,
            data,
            content_type=content_type if data else "",
            query_params=query,
            headers={"Authorization": f"Bearer {self.secret}"} | named,
        )
        if answer.status_code >= 400:
            assert_problem(answer)
        return answer


def assert_problem(answer: Response, status: int | None = None) -> dict[str, Any]:
    """The one shape of every error."""
    assert answer["Content-Type"] == "application/problem+json"
    problem: dict[str, Any] = json.loads(answer.content)
    assert {"type", "title", "status", "detail", "code", "errors"} <= problem.keys()
    assert problem["status"] == answer.status_code
    assert problem["detail"]
    assert "Traceback" not in answer.content.decode()
    for error in problem["errors"]:
        assert error.keys() == {"field", "code", "message"}
    if status is not None:
        assert answer.status_code == status, problem
    return problem


def content(answer: Response) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(answer.content)
    return found

"""Who is asking, and may they: a token in the header, or a session with its CSRF token."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, cast

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.csrf import CsrfViewMiddleware

from videomind.accounts import tokens
from videomind.accounts.roles import scope_of
from videomind.http.problems import Problem
from videomind.scopes import Scope

SAFE_METHODS: Final = frozenset({"GET", "HEAD"})
CHALLENGE: Final = 'Bearer realm="VideoMind"'


@dataclass(frozen=True, slots=True)
class Caller:
    """`name` is what rows record; `owner` tells apart a token and a user of one name."""

    name: str
    owner: str
    scope: Scope | None
    """None: a user who is neither operator nor administrator may do nothing here."""
    by_session: bool

    def may(self, wanted: Scope) -> bool:
        return self.scope is not None and self.scope.includes(wanted)


class ApiRequest(HttpRequest):
    """A request that `json_view` has let in."""

    caller: Caller


def caller_of(request: HttpRequest) -> Caller:
    """Raises the 401 Problem for nobody. A token in the header wins over a session."""
    header = request.headers.get("Authorization")
    if header is not None:
        return _by_token(header)
    user: AbstractBaseUser | AnonymousUser = request.user
    if not user.is_authenticated:
        raise unauthorised("Send a token as `Authorization: Bearer vm_…`, or log in.")
    return _by_session(cast(User, user))


def unauthorised(sentence: str, *, challenge: str = CHALLENGE) -> Problem:
    return Problem(401, "unauthorised", sentence, headers={"WWW-Authenticate": challenge})


def _by_token(header: str) -> Caller:
    kind, _, secret = header.partition(" ")
    token = tokens.look_up(secret.strip()) if kind.lower() == "bearer" else None
    if token is None:
        raise unauthorised(
            "The token is unknown, expired or revoked.",
            challenge=f'{CHALLENGE}, error="invalid_token"',
        )
    tokens.note_use(token)
    return Caller(token.name, f"token:{token.pk}", Scope(token.scope), by_session=False)


def _by_session(user: User) -> Caller:
    return Caller(user.get_username(), f"user:{user.pk}", scope_of(user), by_session=True)


def require(caller: Caller, wanted: Scope) -> None:
    if not caller.may(wanted):
        has = f"has `{caller.scope}`" if caller.scope else "has none"
        raise Problem(403, "forbidden", f"This needs the scope `{wanted}`; {caller.name} {has}.")


def refuse_forgery(request: HttpRequest, caller: Caller) -> None:
    """A browser sends a session's cookie for any page, so a session proves itself with CSRF."""
    if not caller.by_session or request.method in SAFE_METHODS:
        return
    check = _CsrfCheck(_nobody)
    check.process_request(request)
    reason = check.process_view(request, _nobody, (), {})
    if reason is not None:
        raise Problem(403, "csrf_failed", f"{reason} Send the X-CSRFToken header.")


class _CsrfCheck(CsrfViewMiddleware):
    """Django's own check; it answers with the reason instead of a page."""

    def _reject(self, request: HttpRequest, reason: str) -> Any:
        return reason


def _nobody(request: HttpRequest) -> HttpResponseBase:
    raise AssertionError("only the check is used")

"""Tokens: hashed, scoped, expiring, revocable."""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from tests.videomind.calling import Script, assert_problem
from videomind.accounts import tokens
from videomind.models import ApiToken
from videomind.scopes import Scope

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def test_only_the_hash_is_kept() -> None:
    token, secret = tokens.make("script", scope=Scope.READ)
    assert secret.startswith("vm_")
    assert len(secret) > 40
    row = ApiToken.objects.values().get(pk=token.pk)
    assert secret not in json.dumps(row, default=str)


def test_a_token_is_found_by_its_secret_alone() -> None:
    token, secret = tokens.make("script", scope=Scope.READ)
    tokens.make("another", scope=Scope.ADMIN)
    assert tokens.look_up(secret) == token
    assert tokens.look_up(secret[:-1] + "!") is None
    assert tokens.look_up(token.hash) is None
    assert tokens.look_up("") is None


def test_an_expired_token_is_nobody() -> None:
    now = timezone.now()
    _, live = tokens.make("live", scope=Scope.READ, expires_at=now + timedelta(minutes=1))
    _, dead = tokens.make("dead", scope=Scope.READ, expires_at=now)
    assert tokens.look_up(live)
    assert tokens.look_up(dead) is None


def test_a_revoked_token_is_nobody_and_revoking_twice_counts_once() -> None:
    token, secret = tokens.make("script", scope=Scope.READ)
    assert tokens.revoke(ApiToken.objects.filter(pk=token.pk)) == 1
    assert tokens.revoke(ApiToken.objects.filter(pk=token.pk)) == 0
    assert tokens.look_up(secret) is None


def test_use_is_noted_once_a_minute() -> None:
    token, _ = tokens.make("script", scope=Scope.READ)
    tokens.note_use(token)
    token.refresh_from_db()
    first = token.last_used_at
    assert first is not None
    tokens.note_use(token)
    token.refresh_from_db()
    assert token.last_used_at == first
    token.last_used_at = first - timedelta(minutes=2)
    token.save()
    tokens.note_use(token)
    token.refresh_from_db()
    assert token.last_used_at >= first


def test_each_scope_includes_the_ones_before_it() -> None:
    assert [scope.value for scope in Scope] == ["read", "operate", "admin"]
    assert Scope.ADMIN.includes(Scope.OPERATE)
    assert Scope.OPERATE.includes(Scope.OPERATE)
    assert not Scope.READ.includes(Scope.OPERATE)


@pytest.mark.parametrize("header", ["Bearer", "Bearer nonsense", "Basic abc", "vm_x", ""])
def test_a_wrong_header_is_401_with_a_challenge(header: str) -> None:
    answer = Client().get("/api/jobs", headers={"Authorization": header})
    assert_problem(answer, 401)
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_nobody_is_401_and_a_reader_may_not_operate() -> None:
    assert_problem(Client().get("/api/jobs"), 401)
    reader = Script(Scope.READ)
    assert reader.get("/api/jobs").status_code == 200
    answer = reader.post("/api/jobs", {"job_type": "noop"})
    assert assert_problem(answer, 403)["code"] == "forbidden"


def test_the_command_shows_the_token_once() -> None:
    out = StringIO()
    call_command(
        "create_token", "backup", "--scope", "operate", "--expires", "7", "--json", stdout=out
    )
    document = json.loads(out.getvalue())
    token = tokens.look_up(document["token"])
    assert token is not None
    assert (token.name, token.scope) == ("backup", "operate")
    assert token.expires_at is not None
    assert document["expires_at"].endswith("Z")


def test_the_command_prints_nothing_but_the_token_on_stdout() -> None:
    out, said = StringIO(), StringIO()
    call_command("create_token", "backup", stdout=out, stderr=said)
    assert tokens.look_up(out.getvalue().strip())
    assert "backup" in said.getvalue()


@pytest.mark.parametrize(
    "arguments", [["", "--scope", "read"], ["x\ny"], ["x", "--expires", "0"], ["x" * 151]]
)
def test_the_command_refuses_with_2_and_leaves_no_row(arguments: list[str]) -> None:
    with pytest.raises(CommandError) as refused:
        call_command("create_token", *arguments, stdout=StringIO())
    assert refused.value.returncode == 2
    assert not ApiToken.objects.exists()

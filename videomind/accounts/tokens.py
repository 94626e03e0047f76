"""Tokens for scripts: made once, shown once, found again by their hash."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from contextlib import suppress
from datetime import datetime, timedelta

from django.db import OperationalError
from django.db.models import Q
from django.utils import timezone

from videomind.models import ApiToken, TokenQuerySet
from videomind.scopes import Scope

START = "vm_"
PREFIX_LENGTH = len(START) + 8
USE_IS_NOTED_EVERY = timedelta(minutes=1)


def hashed(secret: str) -> str:
    """SHA-256 is enough: the secrets are random 256-bit values, not passwords."""
    return hashlib.sha256(secret.encode()).hexdigest()


def make(
    name: str, *, scope: Scope, expires_at: datetime | None = None, created_by: str = ""
) -> tuple[ApiToken, str]:
    """The new row and the token itself, which nobody can read again afterwards."""
    secret = START + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        name=name,
        prefix=secret[:PREFIX_LENGTH],
        hash=hashed(secret),
        scope=scope,
        expires_at=expires_at,
        created_by=created_by,
    )
    return token, secret


def look_up(secret: str) -> ApiToken | None:
    """The valid token of that secret. The index sees the prefix only; the rest is compared in
    constant time."""
    wanted = hashed(secret)
    candidates = ApiToken.objects.valid(timezone.now()).filter(prefix=secret[:PREFIX_LENGTH])
    return next((each for each in candidates if hmac.compare_digest(each.hash, wanted)), None)


def note_use(token: ApiToken) -> None:
    """Writes `last_used_at`, at most once a minute: reading must not become writing."""
    now = timezone.now()
    before = now - USE_IS_NOTED_EVERY
    if token.last_used_at is not None and token.last_used_at > before:
        return
    not_noted = Q(last_used_at=None) | Q(last_used_at__lte=before)
    # A database that is busy writing must not refuse those who only read.
    with suppress(OperationalError):
        ApiToken.objects.filter(not_noted, pk=token.pk).update(last_used_at=now)


def revoke(rows: TokenQuerySet) -> int:
    """From now on they are refused; how many were still good."""
    return rows.filter(revoked_at=None).update(revoked_at=timezone.now())

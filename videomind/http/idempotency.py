"""`Idempotency-Key`: a request that is sent twice, because its answer was lost, works once."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.utils import timezone

from videomind.http.access import ApiRequest
from videomind.http.problems import Problem
from videomind.models import IdempotencyKey

KEPT: Final = timedelta(hours=24)
_ACCEPTED: Final = re.compile(r"[\x21-\x7e]{1,200}")


def key_of(request: ApiRequest) -> str:
    """The header's value, "" where there is none. Raises Problem."""
    key = request.headers.get("Idempotency-Key", "")
    if "Idempotency-Key" in request.headers and not _ACCEPTED.fullmatch(key):
        raise Problem(
            400, "invalid_idempotency_key", "Idempotency-Key must be 1 to 200 visible characters."
        )
    return key


def fingerprint(body: Mapping[str, Any]) -> str:
    """The same for bodies that mean the same, whatever the order of their names."""
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def claim(owner: str, key: str, *, body: Mapping[str, Any]) -> tuple[IdempotencyKey, bool]:
    """The key's row and whether it is new; call it in the transaction that does the work.

    The unique constraint decides between two requests at once: the later one waits for the
    earlier one's transaction. Raises Problem when the key came with another body before.
    """
    now = timezone.now()
    IdempotencyKey.objects.filter(created_at__lt=now - KEPT).delete()
    wanted = IdempotencyKey(owner=owner, key=key, fingerprint=fingerprint(body), created_at=now)
    try:
        with transaction.atomic():
            wanted.save(force_insert=True)
        return wanted, True
    except IntegrityError:
        return _earlier(wanted), False


def _earlier(wanted: IdempotencyKey) -> IdempotencyKey:
    found = IdempotencyKey.objects.get(owner=wanted.owner, key=wanted.key)
    if found.fingerprint != wanted.fingerprint:
        raise Problem(
            422,
            "idempotency_key_reused",
            "This Idempotency-Key came with another body before; use a new key.",
        )
    return found


def remember(row: IdempotencyKey, job_id: int) -> None:
    IdempotencyKey.objects.filter(pk=row.pk).update(job_id=job_id)

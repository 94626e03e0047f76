"""The site's own rows: tokens for scripts, the first administrator's link, keys of requests."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils import timezone

from videomind.scopes import Scope


class TokenQuerySet(models.QuerySet["ApiToken"]):
    def valid(self, at: datetime) -> TokenQuerySet:
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=at), revoked_at=None)


class ApiToken(models.Model):
    """A script's key. Only its hash is kept: whoever reads this table can call nothing."""

    name = models.CharField(max_length=150)
    prefix = models.CharField(max_length=12, db_index=True)
    hash = models.CharField(max_length=64, unique=True)
    scope = models.CharField(max_length=8, choices=Scope.choices, default=Scope.READ)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.CharField(max_length=150, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    objects = TokenQuerySet.as_manager()

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class SetupLink(models.Model):
    """The one-time link that makes the first administrator; the secret itself is printed once."""

    hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"setup link of {self.created_at:%Y-%m-%d %H:%M}"


class IdempotencyKey(models.Model):
    """A request that may be sent twice: who sent it, what it asked, which job answered it.

    The job is a bare number: the site knows nothing of jobs.
    """

    owner = models.CharField(max_length=170)
    key = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=64)
    job_id = models.BigIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(fields=["owner", "key"], name="one_request_per_key"),
        )

    def __str__(self) -> str:
        return f"{self.key} of {self.owner}"

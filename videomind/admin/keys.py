"""Tokens can be seen and revoked, secrets cannot be read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from django.contrib import admin
from django.utils import timezone
from django.utils.safestring import SafeString

from videomind.accounts import tokens
from videomind.admin_site import Action, ConfirmedActions, ReadOnlyAdmin, pill
from videomind.models import ApiToken, IdempotencyKey, SetupLink
from videomind.plans import Done, Plan, plan_by


def _plan(rows: Sequence[ApiToken]) -> Plan:
    return plan_by(rows, lambda token: "revoked already" if token.revoked_at else "")


def _revoke(ids: Iterable[int], by: str) -> Done:
    """One at a time: each is told whether it was still good."""
    done = Done()
    for pk in ids:
        if tokens.revoke(ApiToken.objects.filter(pk=pk)):
            done.moved.append(pk)
        else:
            done.staying["revoked already"] += 1
    return done


REVOKE: Final = Action(
    name="revoke",
    label="Revoke selected",
    moved="revoked",
    button="Revoke",
    plan=_plan,
    apply=_revoke,
    permission="videomind.change_apitoken",
    explanation="Scripts that use these are refused from now on. It cannot be undone.",
    dangerous=True,
)


@admin.register(ApiToken)
class ApiTokenAdmin(ConfirmedActions, ReadOnlyAdmin):
    list_display = (
        "name", "prefix", "scope", "state", "created_at", "created_by", "expires_at",
        "last_used_at",
    )  # fmt: skip
    list_filter = ("scope",)
    search_fields = ("name", "prefix")
    exclude = ("hash",)
    confirmed = (REVOKE,)

    @admin.display(description="State")
    def state(self, token: ApiToken) -> SafeString:
        if token.revoked_at:
            return pill("bad", "Revoked")
        if token.expires_at and token.expires_at <= timezone.now():
            return pill("warn", "Expired")
        return pill("good", "Good")


@admin.register(SetupLink)
class SetupLinkAdmin(ReadOnlyAdmin):
    list_display = ("created_at",)
    exclude = ("hash",)


@admin.register(IdempotencyKey)
class IdempotencyKeyAdmin(ReadOnlyAdmin):
    list_display = ("key", "owner", "job_id", "created_at")
    search_fields = ("=key",)

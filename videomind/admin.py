"""The site's rows in the admin: tokens can be seen and revoked, secrets cannot be read."""

from __future__ import annotations

from django.contrib import admin, messages
from django.http import HttpRequest

from videomind import tokens
from videomind.admin_site import ReadOnlyAdmin
from videomind.models import ApiToken, IdempotencyKey, SetupLink, TokenQuerySet


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnlyAdmin):
    list_display = (
        "name", "prefix", "scope", "created_at", "created_by", "expires_at", "revoked_at",
        "last_used_at",
    )  # fmt: skip
    list_filter = ("scope",)
    search_fields = ("name", "prefix")
    exclude = ("hash",)
    actions = ("revoke",)

    @admin.action(description="Revoke selected tokens")
    def revoke(self, request: HttpRequest, queryset: TokenQuerySet) -> None:
        if not request.user.has_perm("videomind.change_apitoken"):
            self.message_user(request, "You may not revoke tokens.", messages.ERROR)
            return
        revoked = tokens.revoke(queryset)
        self.message_user(request, f"{revoked} revoked.", messages.SUCCESS)


@admin.register(SetupLink)
class SetupLinkAdmin(ReadOnlyAdmin):
    list_display = ("created_at",)
    exclude = ("hash",)


@admin.register(IdempotencyKey)
class IdempotencyKeyAdmin(ReadOnlyAdmin):
    list_display = ("key", "owner", "job_id", "created_at")
    search_fields = ("=key",)

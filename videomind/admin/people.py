"""People and their roles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest

from videomind.accounts import roles
from videomind.admin_site.bases import BoundedPaginator

# Django's classes take type arguments in the stubs only.
if TYPE_CHECKING:
    PersonAdmin = UserAdmin[User]
else:
    PersonAdmin = UserAdmin

# Django registers its own; ours knows roles.
admin.site.unregister(User)


@admin.register(User)
class RoleAdmin(PersonAdmin):
    list_display = ("username", "roles", "is_staff", "is_superuser", "is_active", "last_login")
    list_filter = ("is_staff", "is_superuser", "is_active", "groups")
    show_facets = admin.ShowFacets.NEVER
    paginator = BoundedPaginator
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("groups")

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:  # noqa: FBT001
        """Whose role needs the admin is let into it."""
        super().save_related(request, form, formsets, change)
        roles.let_in(form.instance)

    @admin.display(description="Roles")
    def roles(self, user: User) -> str:
        return ", ".join(group.name for group in user.groups.all()) or "–"

"""What every page of ours is built on: no facets, no counting of huge tables, history read-only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import Model
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString

# Django's classes take type arguments in the stubs only.
if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
    TabularInline = admin.TabularInline[Any, Any]
    Pages = Paginator[Any]
else:
    ModelAdmin, TabularInline = admin.ModelAdmin, admin.TabularInline
    Pages = Paginator

COUNTED: Final = 10_000


class BoundedPaginator(Pages):
    """Counts to ten thousand and one, which reads "more than 10,000", and pages no further."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by()[: COUNTED + 1].count())


def pill(tone: str, label: str) -> SafeString:
    """A state as people see it; `tone` is one of admin.css."""
    return format_html('<span class="badge {}">{}</span>', tone, label)


class Admin(ModelAdmin):
    paginator = BoundedPaginator
    show_facets = admin.ShowFacets.NEVER
    show_full_result_count = False
    list_per_page = 50
    list_max_show_all = 200


class ReadOnlyAdmin(Admin):
    """History is looked at, never edited: what may change has an action or a command."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

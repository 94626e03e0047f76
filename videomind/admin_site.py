"""The admin's site: Django's own, under our name and without django-q2's pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

# Django's classes take type arguments in the stubs only.
if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
    TabularInline = admin.TabularInline[Any, Any]
else:
    ModelAdmin, TabularInline = admin.ModelAdmin, admin.TabularInline

# They would bypass the jobs' states, and their pickled columns and schedule functions are a way in.
NOT_SHOWN = frozenset({"django_q"})


class Site(admin.AdminSite):
    site_header = "VideoMind"
    site_title = "VideoMind"
    index_title = "What is here"

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        single = isinstance(model_or_iterable, type)
        models: list[Any] = [model_or_iterable] if single else list(model_or_iterable)
        shown = [model for model in models if model._meta.app_label not in NOT_SHOWN]
        super().register(shown, admin_class, **options)


class ReadOnlyAdmin(ModelAdmin):
    """History is looked at, never edited: what may change has an action or a command."""

    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

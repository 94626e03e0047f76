"""The admin's site: Django's own, under our name and without django-q2's pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.template.response import TemplateResponse

# They would bypass the jobs' states, and their pickled columns and schedule functions are a way in.
NOT_SHOWN = frozenset({"django_q"})

# The order of the front page, and names where an app's own says little.
ORDER = ("jobs", "channels_app", "metadata", "auth", "videomind", "axes", "admin")
NAMES = {"auth": "People", "axes": "Failed logins", "admin": "What was done here"}

Panel = Callable[[HttpRequest], "dict[str, Any] | None"]
"""What one panel shows: its `template` and that one's context; None: nothing."""


class Site(admin.AdminSite):
    site_header = "VideoMind"
    site_title = "VideoMind"
    index_title = "What is here"
    enable_nav_sidebar = True
    panels: ClassVar[list[Panel]] = []

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        single = isinstance(model_or_iterable, type)
        models: list[Any] = [model_or_iterable] if single else list(model_or_iterable)
        shown = [model for model in models if model._meta.app_label not in NOT_SHOWN]
        super().register(shown, admin_class, **options)

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        found = [panel(request) for panel in self.panels]
        panels = {"panels": [each for each in found if each is not None]}
        return super().index(request, panels | (extra_context or {}))

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        apps: list[Any] = super().get_app_list(request, app_label)
        for app in apps:
            app["name"] = NAMES.get(app["app_label"], app["name"])
        return sorted(apps, key=lambda app: _place(app["app_label"]))


def _place(app_label: str) -> int:
    return ORDER.index(app_label) if app_label in ORDER else len(ORDER)

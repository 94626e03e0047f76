"""The site's addresses: each app's rooms under their own prefix."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path, re_path

from videomind import probes, views

urlpatterns = [
    path("", views.home, name="home"),
    path("admin/", admin.site.urls),
    path("setup/<str:secret>", views.first_administrator, name="setup"),
    path("healthz", probes.healthz, name="healthz"),
    path("readyz", probes.readyz, name="readyz"),
    path("version", probes.version, name="version"),
    path("api/", probes.index, name="api"),
    path("api/", include("jobs.urls")),
    path("api/", include("channels_app.urls")),
    re_path(r"^api/.*", probes.nothing, name="api-nothing"),
]

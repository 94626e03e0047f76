"""The site's addresses: each app's rooms under their own prefix."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path, re_path

from channels_app import urls as library
from jobs import urls as jobs_urls
from videomind import views
from videomind.health import probes

urlpatterns = [
    path("", include(library.pages)),
    path("admin/", admin.site.urls),
    path("jobs/", include(jobs_urls.console)),
    path("login/", views.sign_in, name="login"),
    path("logout/", views.sign_out, name="logout"),
    path("setup/<str:secret>", views.first_administrator, name="setup"),
    path("healthz", probes.healthz, name="healthz"),
    path("readyz", probes.readyz, name="readyz"),
    path("version", probes.version, name="version"),
    path("api/", probes.index, name="api"),
    path("api/", include("jobs.urls")),
    path("api/", include("channels_app.urls")),
    re_path(r"^api/.*", probes.nothing, name="api-nothing"),
]

"""The addresses of the library under /api/."""

from __future__ import annotations

from django.urls import path

from channels_app import api

urlpatterns = [
    path("tracks", api.tracks, name="api-tracks"),
]

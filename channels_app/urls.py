"""The addresses of the library: its API under /api/, its pages and its files."""

from __future__ import annotations

from django.urls import path, register_converter

from channels_app.api import tracks
from channels_app.media import views
from channels_app.pages import converters, home, sources, watch

for _name, _converter in converters.CONVERTERS.items():
    register_converter(_converter, _name)

urlpatterns = [
    path("tracks", tracks.tracks, name="api-tracks"),
]

pages = [
    path("", home.home, name="home"),
    path("continue/", home.continued, name="continue"),
    path("group/<shelf:slug>/", sources.group, name="group"),
    path("channel/<source:channel_id>/", sources.channel, name="channel"),
    path("playlist/<source:playlist_id>/", sources.playlist, name="playlist"),
    path("watch/<video:youtube_id>/", watch.watch, name="watch"),
    path("media/file/<file:file_id>/", views.media_file, name="media-file"),
    path("media/subtitles/<file:file_id>/", views.subtitles, name="media-subtitles"),
]

"""The app's configuration."""

from django.apps import AppConfig


class VideoMindConfig(AppConfig):
    name = "videomind"
    verbose_name = "VideoMind"

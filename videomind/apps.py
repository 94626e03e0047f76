"""The app's configuration."""

from django.apps import AppConfig


class VideoMindConfig(AppConfig):
    name = "videomind"
    verbose_name = "VideoMind"

    def ready(self) -> None:
        from videomind import checks  # noqa: F401  (importing registers them)

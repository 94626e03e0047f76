"""The app's configuration."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class VideoMindConfig(AppConfig):
    name = "videomind"
    verbose_name = "VideoMind"

    def ready(self) -> None:
        from videomind import checks  # noqa: F401  (importing registers them)
        from videomind.accounts import roles

        post_migrate.connect(roles.ensure, dispatch_uid="videomind.accounts.roles")

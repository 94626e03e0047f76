"""The app's configuration."""

from django.apps import AppConfig


class MetadataConfig(AppConfig):
    name = "metadata"
    verbose_name = "YouTube metadata"

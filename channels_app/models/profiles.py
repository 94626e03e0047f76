"""How something is downloaded: quality, container, captions, pictures."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from metadata.youtube.client.options import ProfileOptions, caption_patterns


def validate_languages(codes: object) -> None:
    """Raises ValidationError unless it is a list of language codes."""
    try:
        caption_patterns(codes)  # type: ignore[arg-type]
    except (TypeError, ValueError) as error:
        raise ValidationError(str(error)) from error


class Container(models.TextChoices):
    MP4 = "mp4", "MP4"
    MKV = "mkv", "Matroska"
    WEBM = "webm", "WebM"


class AudioFormat(models.TextChoices):
    M4A = "m4a", "AAC (m4a)"
    MP3 = "mp3", "MP3"
    OPUS = "opus", "Opus"


def english() -> list[str]:
    return ["en"]


class DownloadProfile(models.Model):
    name = models.CharField(max_length=60)
    slug = models.SlugField(max_length=60, unique=True)
    is_default = models.BooleanField(default=False)
    max_height = models.PositiveIntegerField(null=True, blank=True, help_text="Empty: no limit.")
    audio_only = models.BooleanField(default=False)
    container = models.CharField(max_length=4, choices=Container.choices, default=Container.MP4)
    audio_format = models.CharField(
        max_length=4, choices=AudioFormat.choices, default=AudioFormat.M4A
    )
    format_selector = models.CharField(
        max_length=300, blank=True, help_text="yt-dlp's own expression instead of the preset."
    )
    subtitles = models.BooleanField(default=True)
    automatic_captions = models.BooleanField(default=True)
    languages = models.JSONField(default=english, blank=True, validators=[validate_languages])
    thumbnail = models.BooleanField(default=True)
    info_file = models.BooleanField(default=True)

    class Meta:
        ordering = ("name",)
        constraints = (
            models.UniqueConstraint(Lower("name"), name="one_profile_per_name"),
            models.UniqueConstraint(
                fields=["is_default"], condition=Q(is_default=True), name="one_default_profile"
            ),
        )

    def __str__(self) -> str:
        return self.name

    def options(self, *, audio_only: bool = False, format_selector: str = "") -> ProfileOptions:
        """What the child gets, with what one job asks for instead."""
        return {
            "max_height": self.max_height,
            "audio_only": self.audio_only or audio_only,
            "container": Container(self.container).value,  # type: ignore[typeddict-item]
            "audio_format": AudioFormat(self.audio_format).value,  # type: ignore[typeddict-item]
            "format_selector": format_selector or self.format_selector,
        }

    def sidecars(self) -> dict[str, object]:
        return {
            "languages": self.languages if self.subtitles else [],
            "automatic": self.automatic_captions,
            "thumbnail": self.thumbnail,
            "info": self.info_file,
        }

"""The forms that validate the parameters of the metadata app's jobs."""

from __future__ import annotations

from typing import Any

from django import forms

from jobs.forms import JobForm
from metadata.extraction import SOURCES
from metadata.youtube.sources import MAX_LENGTH, Source, SourceRefused, parse_source

MOST_ENTRIES = 1_000_000


def _address() -> forms.CharField:
    return forms.CharField(required=False, max_length=MAX_LENGTH)


class MetadataExtractionForm(JobForm):
    """Exactly one source, and how much of it."""

    channel_url = _address()
    channel_id = _address()
    playlist_url = _address()
    video_url = _address()
    video_id = _address()
    extract_type = forms.ChoiceField(
        choices=[("flat", "Flat: as listed"), ("full", "Full: each video visited")],
        initial="flat",
    )
    max_entries = forms.IntegerField(required=False, min_value=1, max_value=MOST_ENTRIES)
    force_update = forms.BooleanField(
        required=False,
        initial=False,
        help_text="Full: also the videos that were visited within the last day.",
    )

    source: Source | None = None

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        given = [name for name in SOURCES if cleaned.get(name)]
        if len(given) == 1:
            self._canonical(given[0], cleaned)
        elif not any(name in self.errors for name in SOURCES):
            raise forms.ValidationError(
                f"Give exactly one of {', '.join(SOURCES)}.", code="one_source"
            )
        return cleaned

    def _canonical(self, name: str, cleaned: dict[str, Any]) -> None:
        """Two ways to write the same source are the same request."""
        try:
            self.source = parse_source(cleaned[name], expect=SOURCES[name])
        except SourceRefused as refused:
            self.add_error(name, forms.ValidationError(str(refused), code="not_accepted"))
            return
        cleaned[name] = self.source.id if name.endswith("_id") else self.source.url

    @property
    def target(self) -> str:
        if self.source is None:
            return ""
        tab = f"/{self.source.tab}" if self.source.tab else ""
        return f"{self.source.kind}:{self.source.id}{tab}"

    @property
    def title(self) -> str:
        return f"Metadata of {self.target.partition(':')[2]}" if self.source else ""

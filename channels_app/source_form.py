"""What all requests for one source share: address or id, group, profile."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError

from channels_app.catalog.defaults import GROUP_NAME_LENGTH, is_group_name, profile_named
from channels_app.models import DownloadProfile
from jobs.forms import JobForm
from metadata.youtube.sources import MAX_LENGTH, Source, SourceKind, SourceRefused, parse_source


def url_field(label: str) -> forms.CharField:
    return forms.CharField(required=False, max_length=MAX_LENGTH, label=label)


def name_field(label: str, longest: int = GROUP_NAME_LENGTH) -> forms.CharField:
    return forms.CharField(required=False, max_length=longest, label=label)


def most_field() -> forms.IntegerField:
    return forms.IntegerField(
        required=False, min_value=1, max_value=1_000_000, label="Download at most"
    )


class SourceForm(JobForm):
    """One source, by address or by id, and what is done with it."""

    kind: ClassVar[SourceKind]
    group_field: ClassVar[str] = "target_group"

    @classmethod
    def needs_admin(cls, parameters: Mapping[str, Any]) -> bool:
        """Whether only an administrator may ask for this: free format expressions."""
        return bool(parameters.get("format_selector"))

    @property
    def parameters(self) -> dict[str, Any]:
        """Only what is not the default: two ways to say the same are one request."""
        given = {name: value for name, value in self.cleaned_data.items() if value}
        for name, field in self.base_fields.items():
            value = self.cleaned_data.get(name)
            if field.initial is not None and value == field.initial:
                given.pop(name, None)
            elif field.initial and value is False:
                given[name] = value
        return given

    @property
    def target(self) -> str:
        return str(self.cleaned_data[f"{self.kind}_id"])

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        by_url, by_id = f"{self.kind}_url", f"{self.kind}_id"
        # A field with an error of its own has said what is wrong.
        if by_url in self.errors or by_id in self.errors:
            return cleaned
        url, source_id = cleaned.pop(by_url, ""), cleaned.get(by_id, "")
        if bool(url) == bool(source_id):
            raise ValidationError(f"Give either {by_url} or {by_id}.", code="one_of", params={})
        try:
            source = parse_source(url, expect=self.kind) if url else self.by_id(source_id)
        except SourceRefused as refused:
            self.add_error(by_url if url else by_id, ValidationError(str(refused), code="refused"))
            return cleaned
        return cleaned | {by_id: source.id} | self.further(source)

    def by_id(self, source_id: str) -> Source:
        """Raises SourceRefused."""
        raise NotImplementedError

    def further(self, source: Source) -> dict[str, Any]:
        """What the address says besides kind and id."""
        return {}

    def clean_profile(self) -> str:
        """As its slug, whichever way it was named."""
        name = self.cleaned_data["profile"]
        profile = profile_named(name) if name else None
        if name and profile is None:
            known = ", ".join(DownloadProfile.objects.values_list("slug", flat=True))
            raise ValidationError(
                f"There is no download profile {name!r}; there are {known or 'none'}.",
                code="unknown_profile",
            )
        return profile.slug if profile else ""

    def clean_group(self) -> str:
        name = str(self.cleaned_data[self.group_field])
        if name and not is_group_name(name):
            raise ValidationError(
                f"A group's name has at most {GROUP_NAME_LENGTH} letters, digits, spaces and"
                " simple punctuation.",
                code="bad_name",
            )
        return name

"""A group by hand: its name decides slug and folder, once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError

from channels_app.catalog.defaults import GROUP_NAME_LENGTH, group_named, is_group_name
from channels_app.models import ChannelGroup

# Django's classes take type arguments in the stubs only.
if TYPE_CHECKING:
    Form = forms.ModelForm[ChannelGroup]
else:
    Form = forms.ModelForm


class GroupForm(Form):
    class Meta:
        model = ChannelGroup
        fields = ("name", "profile", "position", "is_default")

    def clean_name(self) -> str:
        name = str(self.cleaned_data["name"])
        if not is_group_name(name):
            raise ValidationError(
                f"A group's name has at most {GROUP_NAME_LENGTH} letters, digits, spaces and"
                " simple punctuation.",
                code="bad_name",
            )
        return name

    def save(self, commit: bool = True) -> Any:  # noqa: FBT001, FBT002  (Django's signature)
        """A new one is made as a job would make it, with a folder that is free."""
        if self.instance.pk is None:
            made = group_named(self.instance.name)
            self.instance.pk, self.instance._state.adding = made.pk, False
            self.instance.slug, self.instance.folder = made.slug, made.folder
        return super().save(commit)

"""A job that is being written: what was filled in so far, and what is wrong with it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final

from django import forms
from django.http import QueryDict

from jobs.forms import FieldError, JobForm, typed
from jobs.kinds import LONGEST_TIMEOUT_S, Kind
from jobs.models import Priority
from jobs.queue.refusals import AlreadyActive

PREFIX: Final = "p"
"""Before the parameters' names: a kind may have one that is called as an option is."""


class WishesForm(forms.Form):
    """What any job may be given besides its parameters."""

    priority = forms.TypedChoiceField(
        choices=Priority.choices, coerce=int, initial=Priority.NORMAL, required=False
    )
    run_at = forms.DateTimeField(
        required=False,
        label="Not before (UTC)",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    max_retries = forms.IntegerField(required=False, min_value=0, max_value=20, label="Retries")
    timeout_seconds = forms.IntegerField(
        required=False, min_value=1, max_value=LONGEST_TIMEOUT_S, label="Timeout in seconds"
    )


@dataclass
class Draft:
    """What was filled in so far, and what is wrong with it."""

    kind: Kind
    parameters: dict[str, Any] = field(default_factory=dict)
    wishes: WishesForm = field(default_factory=WishesForm)
    errors: list[FieldError] = field(default_factory=list)
    refused: AlreadyActive | None = None
    status: int = 200

    @property
    def form(self) -> JobForm:
        """Unbound: the errors are the queue's, said once."""
        form = self.kind.form_class(initial=self.parameters, prefix=PREFIX)
        for each in form.fields.values():
            if isinstance(each, forms.MultipleChoiceField):
                choices = each.choices
                each.widget = forms.CheckboxSelectMultiple()
                each.choices = choices
        for name in self.field_errors:
            form.fields[name].widget.attrs |= {
                "aria-invalid": "true",
                "aria-describedby": f"error_{name}",
            }
        return form

    @property
    def rows(self) -> list[tuple[forms.BoundField, list[str]]]:
        return [(bound, self.field_errors.get(bound.name, [])) for bound in self.form]

    @property
    def wish_rows(self) -> list[tuple[forms.BoundField, list[str]]]:
        return [(bound, [str(each) for each in bound.errors]) for bound in self.wishes]

    @property
    def wishes_open(self) -> bool:
        return bool(self.wishes.errors) or any(
            self.wishes.data.get(name) for name in ("run_at", "max_retries", "timeout_seconds")
        )

    @property
    def field_errors(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for error in self.errors:
            if error["field"] in self.kind.form_class.base_fields:
                found.setdefault(error["field"], []).append(self._in_words(error["message"]))
        return found

    @property
    def other_errors(self) -> list[str]:
        """Those of the whole, and of what this form has no field for."""
        known = {*self.kind.form_class.base_fields, *self.wishes.fields}
        return [
            self._in_words(error["message"]) for error in self.errors if error["field"] not in known
        ]

    def _in_words(self, message: str) -> str:
        """The parameters' names as the labels that a person sees."""
        labels = {bound.name: bound.label for bound in self.kind.form_class(prefix=PREFIX)}
        return re.sub(
            r"\b[a-z]+(?:_[a-z]+)+\b",
            lambda found: f"“{labels[found[0]]}”" if found[0] in labels else found[0],
            message,
        )


def read(form_class: type[JobForm], data: QueryDict) -> dict[str, Any]:
    """The parameters as the API would get them in JSON; what was left as it is, is not given."""
    given: dict[str, Any] = {}
    for name, each in form_class.base_fields.items():
        values = [value for value in data.getlist(f"{PREFIX}-{name}") if value.strip()]
        if isinstance(each, forms.BooleanField):
            if bool(values) != bool(each.initial):
                given[name] = bool(values)
        elif isinstance(each, forms.MultipleChoiceField):
            given |= {name: values} if values else {}
        elif values:
            given[name] = typed(values[-1].strip(), each)
    return given

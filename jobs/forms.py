"""The forms that validate a job's parameters, for the API, the admin and the command alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, TypedDict

from django import forms


class FieldError(TypedDict):
    field: str
    code: str
    message: str


class JobForm(forms.Form):
    """The parameters of one kind. Subclasses clean them and name their target."""

    admin_only: ClassVar[frozenset[str]] = frozenset()
    """Parameters that only an administrator may give."""

    def __init__(self, data: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(self._with_defaults(data), **kwargs)

    def _with_defaults(self, data: Mapping[str, Any] | None) -> dict[str, Any] | None:
        """What is not given takes the field's `initial`: not set is not the same as unticked."""
        if data is None:
            return None
        defaults = {
            name: field.initial
            for name, field in self.base_fields.items()
            if field.initial is not None
        }
        return defaults | dict(data)

    @classmethod
    def for_administrators(cls, parameters: Mapping[str, Any]) -> list[str]:
        """Which of what is given only an administrator may give."""
        return [name for name, value in parameters.items() if value and name in cls.admin_only]

    @property
    def parameters(self) -> dict[str, Any]:
        """The cleaned parameters as JSON, without what was left empty."""
        return {
            name: value
            for name, value in self.cleaned_data.items()
            if value not in (None, "", [], {})
        }

    @property
    def target(self) -> str:
        """What the job works on; at most one active job per kind and target. "": not unique."""
        return ""

    @property
    def title(self) -> str:
        """What people read in lists."""
        return self.target


class NoopForm(JobForm):
    """A job that does nothing takes a name, to be told apart."""

    name = forms.CharField(required=False, max_length=100)

    @property
    def title(self) -> str:
        return str(self.cleaned_data.get("name") or "")


def validate(
    form_class: type[JobForm], parameters: Mapping[str, Any]
) -> tuple[JobForm | None, list[FieldError]]:
    """The clean form, or every error: unknown names, wrong JSON types, wrong values."""
    errors = [*_unknown(form_class, parameters), *_wrong_types(form_class, parameters)]
    if errors:
        return None, errors
    form = form_class(parameters)
    if form.is_valid():
        return form, []
    return None, list(form_errors(form))


def _unknown(form_class: type[JobForm], parameters: Mapping[str, Any]) -> Iterator[FieldError]:
    accepted = ", ".join(form_class.base_fields) or "none"
    for name in parameters:
        if name not in form_class.base_fields:
            yield FieldError(
                field=str(name)[:100],
                code="unknown_field",
                message=f"There is no such parameter; accepted are {accepted}.",
            )


def _wrong_types(form_class: type[JobForm], parameters: Mapping[str, Any]) -> Iterator[FieldError]:
    for name, value in parameters.items():
        field = form_class.base_fields.get(name)
        if field is None or value is None:
            continue
        expected, said = _json_type(field)
        # bool is an int in Python, but not in JSON.
        if not isinstance(value, expected) or (isinstance(value, bool) and expected is not bool):
            yield FieldError(field=name, code="wrong_type", message=f"It must be {said}.")


def _json_type(field: forms.Field) -> tuple[type | tuple[type, ...], str]:
    match field:
        case forms.BooleanField():
            return bool, "true or false"
        case forms.FloatField():
            return (int, float), "a number"
        case forms.IntegerField():
            return int, "a whole number"
        case forms.MultipleChoiceField():
            return list, "a list of strings"
        case _:
            return str, "a string"


def form_errors(form: forms.Form) -> Iterator[FieldError]:
    for name, problems in form.errors.get_json_data().items():
        for problem in problems:
            yield FieldError(
                field="" if name == "__all__" else name,
                code=problem["code"] or "invalid",
                message=problem["message"],
            )


def typed(value: Any, each: forms.Field) -> Any:
    """The field's type where the text means one; else the text, which the form then refuses."""
    match each:
        case forms.BooleanField():
            return {"true": True, "false": False}.get(value.lower(), value)
        case forms.MultipleChoiceField():
            return [part for text in value for part in text.split(",")]
        case forms.FloatField():
            return _number(float, value)
        case forms.IntegerField():
            return _number(int, value)
    return value


def _number(read_as: type[int] | type[float], value: str) -> Any:
    try:
        return read_as(value)
    except ValueError:
        return value

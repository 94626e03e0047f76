"""How the library's rows are shown in the admin."""

from __future__ import annotations

from typing import Final

from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from channels_app.states import DOWNLOADING, QUEUED, State
from jobs.admin.columns import NOTHING, jobs_page
from videomind.admin_site import pill

_TONES: Final[dict[str, str]] = {
    State.AVAILABLE.value: "good",
    State.WANTED.value: "info",
    State.MISSING.value: "bad",
    QUEUED: "info",
    DOWNLOADING: "accent",
}
_LABELS: Final[dict[str, str]] = {state.value: str(state.label) for state in State} | {
    QUEUED: "Queued",
    DOWNLOADING: "Downloading",
}


def state_badge(state: str) -> SafeString:
    return pill(_TONES.get(state, ""), _LABELS.get(state, state))


def page_link(view: str, pk: int | None, text: str) -> SafeString | str:
    if pk is None:
        return NOTHING
    return format_html('<a href="{}">{}</a>', reverse(f"admin:{view}_change", args=[pk]), text)


def list_link(view: str, text: object, **filters: str) -> SafeString:
    address = reverse(f"admin:{view}_changelist", query=filters)
    return format_html('<a href="{}">{}</a>', address, text)


def jobs_link(job_type: str, target: str) -> SafeString:
    return format_html('<a href="{}">jobs</a>', jobs_page(job_type=job_type, target=target))


def player_link(view: str, key: str, text: str = "watch") -> SafeString:
    return format_html('<a href="{}">{}</a>', reverse(view, args=[key]), text)


def size(value: int | None) -> str:
    return str(filesizeformat(value)) if value else NOTHING

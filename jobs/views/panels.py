"""Panels: parts of a page that are sent again, alone, when what they show has changed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.template.loader import render_to_string

from jobs.views.access import NOTHING_CHANGED, STOP_POLLING, ConsoleRequest

MOST_SEEN = 20


@dataclass(frozen=True, slots=True)
class Panel:
    """A `<section>` with an id; `mark` names its content, so that a page can say what it has.

    It is drawn without the request: nothing in it may differ from one visitor to the next, which
    is why its buttons belong to the page's one form, where the CSRF token stands.
    """

    name: str
    html: str
    tag: str = "section"

    @property
    def mark(self) -> str:
        digest = hashlib.blake2b(self.html.encode(), digest_size=8).hexdigest()
        return f"{self.name}.{digest}"


def draw(name: str, template: str, **context: Any) -> Panel:
    return Panel(name, render_to_string(f"jobs/panels/{template}.html", context))


def changed(request: ConsoleRequest, panels: Iterable[Panel], *, final: bool) -> HttpResponse:
    """What the page has not got yet; 204 for nothing, 286 when nothing will follow."""
    seen = set(request.GET.getlist("seen")[:MOST_SEEN])
    new = [panel for panel in panels if panel.mark not in seen]
    if not new and not final:
        return HttpResponse(status=NOTHING_CHANGED)
    html = render_to_string("jobs/panels.html", {"panels": new, "swapped": True})
    return HttpResponse(html, status=STOP_POLLING if final else 200)

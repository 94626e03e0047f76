"""The first page: counts, what runs, what failed, the lanes and the workers, live."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from jobs.monitoring import dashboard
from jobs.views.access import ConsoleRequest, console
from jobs.views.panels import Panel, changed, draw


def _show(request: ConsoleRequest) -> HttpResponse:
    panels = {panel.name: panel for panel in _panels()}
    return render(request, "jobs/overview.html", {"panels": panels, "place": "overview"})


def _live(request: ConsoleRequest) -> HttpResponse:
    return changed(request, _panels(), final=False)


def _panels() -> list[Panel]:
    return [
        draw("counts", "counts", numbers=list(dashboard.counts().items())),
        draw("running", "running", jobs=dashboard.running(), parents=dashboard.parents()),
        draw("failures", "failures", jobs=dashboard.failures()),
        draw("lanes", "lanes", lanes=dashboard.lanes()),
        draw("nodes", "nodes", nodes=dashboard.nodes(timezone.now())),
    ]


overview = console(GET=_show)
live = console(GET=_live)

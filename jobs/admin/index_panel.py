"""The front page's panel of the jobs: how many are where, and what needs a look."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from jobs.admin.columns import jobs_page
from jobs.monitoring import dashboard
from jobs.states import Status
from videomind.admin_site import Site

SHOWN = (Status.RUNNING, Status.PENDING, Status.WAITING, Status.RETRYING, Status.DEAD_LETTER)


def panel(request: HttpRequest) -> dict[str, Any] | None:
    if not request.user.has_perm("jobs.view_job"):
        return None
    counts, lanes = dashboard.counts(), [each.lane for each in dashboard.lanes()]
    return {
        "template": "admin/jobs/panel.html",
        "figures": [(status, counts[status], jobs_page(status=status.value)) for status in SHOWN],
        "paused": [lane for lane in lanes if lane.is_paused],
        "held": [lane for lane in lanes if lane.is_held],
        "failures": dashboard.failures(),
    }


Site.panels.append(panel)

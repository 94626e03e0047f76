"""Lanes, whose limits are set while work runs, and the nodes that work."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from jobs.admin.columns import jobs_page
from jobs.models import Lane, Node
from videomind.admin_site import Admin, ReadOnlyAdmin, pill


@admin.register(Lane)
class LaneAdmin(Admin):
    list_display = ("name", "limit", "state", "why", "jobs")
    readonly_fields = (
        *("name", "paused_at", "paused_by", "pause_reason"),
        *("hold_cause", "hold_reason", "hold_since", "next_probe_at", "probe"),
    )
    fields = ("name", "limit", *readonly_fields[1:])

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Lane, form: Any, change: bool) -> None:  # noqa: FBT001
        """A pause or a hold that began since the row was read stays."""
        obj.save(update_fields=form.changed_data)

    @admin.display(description="State")
    def state(self, lane: Lane) -> SafeString:
        if lane.is_paused:
            return pill("warn", "Paused")
        return pill("bad", "Held") if lane.is_held else pill("good", "Open")

    @admin.display(description="Why")
    def why(self, lane: Lane) -> str:
        paused = f"By {lane.paused_by}: {lane.pause_reason}".removesuffix(": ")
        return " ".join(filter(None, [paused if lane.is_paused else "", lane.hold_reason]))

    @admin.display(description="Jobs")
    def jobs(self, lane: Lane) -> SafeString:
        return format_html(
            '<a href="{}">active jobs</a>', jobs_page(lane=lane.name, status="active")
        )


@admin.register(Node)
class NodeAdmin(ReadOnlyAdmin):
    list_display = ("name", "host", "workers", "version", "started_at", "heartbeat_at", "draining")

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
    list_display = ("name", "limit", "state", "paused_by", "pause_reason", "jobs")
    readonly_fields = ("name", "paused_at", "paused_by", "pause_reason")
    fields = ("name", "limit", "paused_at", "paused_by", "pause_reason")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="State")
    def state(self, lane: Lane) -> SafeString:
        return pill("warn", "Paused") if lane.is_paused else pill("good", "Open")

    @admin.display(description="Jobs")
    def jobs(self, lane: Lane) -> SafeString:
        return format_html(
            '<a href="{}">active jobs</a>', jobs_page(lane=lane.name, status="active")
        )


@admin.register(Node)
class NodeAdmin(ReadOnlyAdmin):
    list_display = ("name", "host", "workers", "version", "started_at", "heartbeat_at", "draining")

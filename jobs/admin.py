"""The jobs' rows in the admin: history to look at, and the lanes' limits to change."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from jobs.models import Attempt, Job, Lane, Link, Node
from videomind.admin_site import ModelAdmin, ReadOnlyAdmin, TabularInline


class AttemptInline(TabularInline):
    model = Attempt
    fields = ("number", "outcome", "started_at", "ended_at", "worker_id", "failure_code")
    readonly_fields = fields
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    list_display = (
        "id", "job_type", "title", "status", "priority", "lane", "created_at", "completed_at",
        "failure_code",
    )  # fmt: skip
    list_filter = ("status",)
    search_fields = ("=id", "title", "target")
    raw_id_fields = ("parent",)
    inlines = (AttemptInline,)


@admin.register(Attempt)
class AttemptAdmin(ReadOnlyAdmin):
    list_display = ("job", "number", "outcome", "started_at", "ended_at", "failure_code")
    list_select_related = ("job",)
    search_fields = ("=job__id",)


@admin.register(Link)
class LinkAdmin(ReadOnlyAdmin):
    list_display = ("waiter", "needed")
    list_select_related = ("waiter", "needed")
    search_fields = ("=waiter__id", "=needed__id")


@admin.register(Lane)
class LaneAdmin(ModelAdmin):
    list_display = ("name", "limit", "paused_at", "paused_by", "pause_reason")
    readonly_fields = ("name", "paused_at", "paused_by", "pause_reason")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Node)
class NodeAdmin(ReadOnlyAdmin):
    list_display = ("name", "host", "workers", "version", "started_at", "heartbeat_at", "draining")

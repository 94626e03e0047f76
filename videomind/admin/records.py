"""What was done in the admin, and which logins failed."""

from __future__ import annotations

from axes.models import AccessAttempt
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.utils.html import format_html
from django.utils.safestring import SafeString

from videomind.admin_site import ReadOnlyAdmin


@admin.register(LogEntry)
class LogEntryAdmin(ReadOnlyAdmin):
    list_display = ("action_time", "user", "content_type", "what", "get_change_message")
    list_display_links = ("action_time",)
    list_filter = ("action_flag",)
    list_select_related = ("user", "content_type")
    search_fields = ("object_repr", "=user__username")
    sortable_by = ()

    @admin.display(description="What")
    def what(self, entry: LogEntry) -> SafeString | str:
        address = None if entry.is_deletion() else entry.get_admin_url()
        if address is None:
            return entry.object_repr
        return format_html('<a href="{}">{}</a>', address, entry.object_repr)


@admin.register(AccessAttempt)
class AccessAttemptAdmin(ReadOnlyAdmin):
    """One row for each name and address whose last login failed; a good one removes it."""

    list_display = ("attempt_time", "username", "ip_address", "failures_since_start", "path_info")
    search_fields = ("=username", "=ip_address")
    sortable_by = ("attempt_time",)
    # What was typed is nobody's business, not even with the password left out.
    exclude = ("get_data", "post_data")

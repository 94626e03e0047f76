"""The admin's site, and what our pages in it are made of."""

from videomind.admin_site.actions import Action, ConfirmedActions
from videomind.admin_site.bases import Admin, ModelAdmin, ReadOnlyAdmin, TabularInline, pill
from videomind.admin_site.site import Site

__all__ = [
    "Action",
    "Admin",
    "ConfirmedActions",
    "ModelAdmin",
    "ReadOnlyAdmin",
    "Site",
    "TabularInline",
    "pill",
]

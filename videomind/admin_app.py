"""Django's admin as an app, with our own site."""

from django.contrib.admin.apps import AdminConfig


class SiteAdminConfig(AdminConfig):
    default_site = "videomind.admin_site.Site"

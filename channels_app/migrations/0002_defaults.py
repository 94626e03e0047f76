"""The group and the profile that everything goes to when nobody says otherwise."""

from django.db import migrations


def add(apps, schema_editor):
    group = apps.get_model("channels_app", "ChannelGroup").objects.using(schema_editor.connection.alias)
    if not group.filter(is_default=True).exists():
        group.create(name="Library", slug="library", folder="library", is_default=True)
    profile = apps.get_model("channels_app", "DownloadProfile").objects.using(
        schema_editor.connection.alias
    )
    if not profile.filter(is_default=True).exists():
        profile.create(
            name="Best up to 1080p", slug="best-1080p", max_height=1080, is_default=True
        )


def remove(apps, schema_editor):
    """Only what nothing refers to: channels keep their group."""
    alias = schema_editor.connection.alias
    group = apps.get_model("channels_app", "ChannelGroup")
    group.objects.using(alias).filter(slug="library", channels=None).delete()
    profile = apps.get_model("channels_app", "DownloadProfile")
    profile.objects.using(alias).filter(slug="best-1080p").delete()


class Migration(migrations.Migration):
    dependencies = [("channels_app", "0001_initial")]

    operations = [migrations.RunPython(add, remove)]

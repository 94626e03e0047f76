"""Which volume the library is on; and at the first setup, the media folder itself."""

from contextlib import suppress
from pathlib import Path

import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


def make_first_media_root(apps, schema_editor):
    """Never again: from the first file on a folder that is missing is a disk that is away.

    Where it cannot be made the supervisor says so, and holds what would write there.
    """
    files = apps.get_model("channels_app", "TrackFile").objects
    if not files.using(schema_editor.connection.alias).exists():
        with suppress(OSError):
            Path(settings.MEDIA_ROOT).mkdir(mode=0o700, parents=True, exist_ok=True)


class Migration(migrations.Migration):
    dependencies = [("channels_app", "0004_tabs_listed")]

    operations = [
        migrations.CreateModel(
            name="MediaVolume",
            fields=[
                (
                    "id",
                    models.PositiveSmallIntegerField(
                        default=1, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("marker", models.CharField(max_length=64)),
                ("marked_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("id", 1)), name="one_media_volume")
                ],
            },
        ),
        migrations.RunPython(make_first_media_root, migrations.RunPython.noop),
    ]

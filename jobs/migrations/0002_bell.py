"""On PostgreSQL the table itself rings the bell, once per transaction, for whoever LISTENs."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

RING = """
CREATE FUNCTION jobs_ring() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('videomind_jobs', '');
    RETURN NULL;
END $$;
CREATE TRIGGER jobs_ring_on_insert AFTER INSERT ON jobs_job
    FOR EACH STATEMENT EXECUTE FUNCTION jobs_ring();
CREATE TRIGGER jobs_ring_on_promotion AFTER UPDATE OF status ON jobs_job
    FOR EACH ROW WHEN (NEW.status = 'pending' AND OLD.status <> 'pending')
    EXECUTE FUNCTION jobs_ring();
"""
SILENCE = """
DROP TRIGGER IF EXISTS jobs_ring_on_promotion ON jobs_job;
DROP TRIGGER IF EXISTS jobs_ring_on_insert ON jobs_job;
DROP FUNCTION IF EXISTS jobs_ring();
"""


def ring(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(RING)


def silence(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(SILENCE)


class Migration(migrations.Migration):
    dependencies = [("jobs", "0001_initial")]
    operations = [migrations.RunPython(ring, silence)]

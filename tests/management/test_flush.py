"""The tests' own `flush`: every row goes, and what stands after a migration stands."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection

from channels_app.models import ChannelGroup
from jobs import queue
from jobs.models import Job
from videomind.accounts.roles import Role

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]


def flush() -> None:
    call_command("flush", interactive=False, verbosity=0)


def test_every_row_goes_and_no_id_comes_again() -> None:
    first = queue.submit("noop", {"name": "a"}).job
    second = queue.submit("noop", {"name": "b"}, options=queue.Options(depends_on=(first.pk,))).job
    User.objects.create(username="vera").groups.add(Group.objects.get(name=Role.VIEWER))
    flush()
    for model in (Job, User, ChannelGroup):
        assert not model._default_manager.exists(), model
    assert not User.groups.through._default_manager.exists()
    assert queue.submit("noop", {"name": "a"}).job.pk > second.pk


def test_what_stands_is_left_alone() -> None:
    before = list(ContentType.objects.values_list("pk", flat=True))
    queue.submit("noop", {})
    flush()
    assert list(ContentType.objects.values_list("pk", flat=True)) == before


@pytest.mark.parametrize("harm", ["deleted", "added", "exchanged"])
def test_roles_and_permissions_are_as_after_a_migration(harm: str) -> None:
    before = granted()
    viewer = Group.objects.get(name=Role.VIEWER)
    if harm != "added":
        viewer.permissions.remove(*viewer.permissions.all()[:1])
    if harm != "deleted":
        viewer.permissions.add(Permission.objects.get(codename="delete_job"))
    if harm == "deleted":
        Group.objects.get(name=Role.OPERATOR).delete()
    assert granted() != before
    flush()
    assert granted() == before
    connection.check_constraints()


def granted() -> set[tuple[str, str]]:
    return set(Group.objects.values_list("name", "permissions__codename"))

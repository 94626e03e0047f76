"""Who may do what: Viewer, Operator, Administrator."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command
from django.test import Client

from tests.people import person, signed_in
from videomind.accounts import roles
from videomind.accounts.roles import Role, scope_of
from videomind.scopes import Scope

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def test_every_role_has_its_group_after_a_migration() -> None:
    Group.objects.all().delete()
    call_command("migrate", verbosity=0)
    assert set(Group.objects.values_list("name", flat=True)) == set(Role.values)
    everything = Group.objects.get(name="Administrator").permissions.count()
    assert everything > Group.objects.get(name="Operator").permissions.count() > 0


def test_a_migration_takes_nothing_away() -> None:
    viewer = Group.objects.get(name="Viewer")
    before = set(viewer.permissions.values_list("codename", flat=True))
    viewer.permissions.add(Permission.objects.get(codename="change_job"))
    call_command("migrate", verbosity=0)
    assert before < set(viewer.permissions.values_list("codename", flat=True))


@pytest.mark.parametrize(
    ("name", "scope", "staff"),
    [
        ("ada", Scope.ADMIN, True),
        ("olga", Scope.OPERATE, True),
        ("vera", None, False),
        ("nobody", None, False),
    ],
)
def test_a_role_decides_the_scope_and_the_door(name: str, scope: Scope | None, staff: bool) -> None:
    user = person(name)
    assert scope_of(user) == scope
    assert user.is_staff is staff


def test_who_is_not_active_may_do_nothing() -> None:
    user = person("ada")
    user.is_active = False
    assert scope_of(user) is None


def test_an_operator_sees_the_work_and_neither_people_nor_tokens() -> None:
    olga = User.objects.get(pk=person("olga").pk)
    assert olga.has_perms(["jobs.view_job", "jobs.change_job", "jobs.add_job"])
    assert olga.has_perms(["channels_app.view_track", "metadata.view_metadatachange"])
    for forbidden in (
        "auth.view_user", "auth.change_group", "videomind.view_apitoken", "axes.view_accessattempt",
        "jobs.delete_job", "channels_app.delete_track", "channels_app.change_downloadprofile",
    ):  # fmt: skip
        assert not olga.has_perm(forbidden), forbidden


def test_an_administrator_may_everything() -> None:
    ada = User.objects.get(pk=person("ada").pk)
    assert ada.has_perms(["auth.change_user", "videomind.change_apitoken", "jobs.change_lane"])
    assert not ada.is_superuser


def test_giving_somebody_a_role_opens_the_admin_to_them() -> None:
    ada, vera = signed_in("ada"), person("vera")
    operator = Group.objects.get(name="Operator")
    fields = {
        "username": "vera", "is_active": "on", "groups": [operator.pk],
        "date_joined_0": "2026-01-01", "date_joined_1": "00:00:00",
    }  # fmt: skip
    answer = ada.post(f"/admin/auth/user/{vera.pk}/change/", fields)
    assert answer.status_code == 302, answer.content.decode()[:3000]
    vera.refresh_from_db()
    assert vera.is_staff
    assert scope_of(vera) is Scope.OPERATE


def test_a_viewer_is_sent_away_from_the_admin() -> None:
    answer = signed_in("vera").get("/admin/")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/admin/login/")
    assert Client().get("/admin/").status_code == 302


def test_two_roles_are_the_higher_one() -> None:
    user = person("olga")
    user.groups.add(Group.objects.get(name="Administrator"))
    assert roles.scope_of(user) is Scope.ADMIN

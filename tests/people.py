"""Named people with roles, signed in, for tests of pages."""

from __future__ import annotations

from django.contrib.auth.models import Group, User
from django.test import Client

from videomind.accounts import roles
from videomind.accounts.roles import Role

PASSWORD = "a long walk 42"
ROLES = {"ada": Role.ADMINISTRATOR, "olga": Role.OPERATOR, "vera": Role.VIEWER}


def person(name: str) -> User:
    """ada the administrator, olga the operator, vera the viewer; anybody else has no role."""
    user = User.objects.create_user(name, password=PASSWORD)
    if name in ROLES:
        group, _ = Group.objects.get_or_create(name=ROLES[name].value)
        if not group.permissions.exists():
            roles.give_permissions()
        user.groups.add(group)
    roles.let_in(user)
    return user


def signed_in(name: str, *, csrf: bool = False) -> Client:
    client = Client(enforce_csrf_checks=csrf, raise_request_exception=False)
    client.force_login(
        User.objects.filter(username=name).first() or person(name),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    return client

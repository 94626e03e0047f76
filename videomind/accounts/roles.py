"""Roles as groups: Viewer, Operator, Administrator, and what each may do.

Only permissions are given, never taken away: who wants less makes a group of their own.
"""

from __future__ import annotations

from typing import Any, Final

from django.apps import AppConfig, apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission, User
from django.db import models
from django.db.models import Q

from videomind.scopes import Scope


class Role(models.TextChoices):
    VIEWER = "Viewer", "Viewer"
    OPERATOR = "Operator", "Operator"
    ADMINISTRATOR = "Administrator", "Administrator"


SCOPE_OF: Final = {Role.OPERATOR: Scope.OPERATE, Role.ADMINISTRATOR: Scope.ADMIN}
# The library itself: logging in is what a viewer needs, these name what is seen then.
LIBRARY: Final = ("channelgroup", "channel", "playlist", "playlistentry", "track", "trackfile")
WORKSHOP: Final = ("channels_app", "metadata", "jobs")
# `add_job` starts work, `change_job` retries, cancels, resets and buries it.
OPERATES: Final = ("add_job", "change_job", "change_lane")


def permissions_of(role: Role) -> Q:
    if role is Role.VIEWER:
        return _views("channels_app") & Q(content_type__model__in=LIBRARY)
    if role is Role.OPERATOR:
        return _views(*WORKSHOP) | Q(content_type__app_label="jobs", codename__in=OPERATES)
    return Q()


def _views(*app_labels: str) -> Q:
    return Q(content_type__app_label__in=app_labels, codename__startswith="view_")


def ensure(sender: AppConfig, using: str, **kwargs: Any) -> None:
    """After the last app was migrated: every role has its group and its permissions."""
    if sender is not list(apps.get_app_configs())[-1]:
        return
    # Whether Django's own receiver ran before ours is a matter of the apps' order.
    create_permissions(sender, verbosity=0, using=using)
    give_permissions(using=using)


def give_permissions(*, using: str = "default") -> None:
    for role in Role:
        group, _ = Group.objects.using(using).get_or_create(name=role.value)
        group.permissions.add(*Permission.objects.using(using).filter(permissions_of(role)))


def roles_of(user: User) -> set[str]:
    return set(user.groups.filter(name__in=Role.values).values_list("name", flat=True))


def scope_of(user: User) -> Scope | None:
    """What a logged-in person may do; None for a viewer, and for staff without a role."""
    if not user.is_active:
        return None
    if user.is_superuser:
        return Scope.ADMIN
    held = roles_of(user)
    scopes = [scope for role, scope in SCOPE_OF.items() if role.value in held]
    return max(scopes, key=lambda scope: scope.level, default=None)


def let_in(user: User) -> None:
    """Who operates or administers has the admin's door open; nobody has to tick that box too."""
    if not user.is_staff and scope_of(user) is not None:
        user.is_staff = True
        user.save(update_fields=["is_staff"])

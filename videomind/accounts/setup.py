"""The first administrator: a link that is printed once, works once, and dies with its purpose."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from django.contrib.auth import get_user_model
from django.contrib.auth.forms import BaseUserCreationForm
from django.contrib.auth.models import User
from django.db import transaction

from videomind.accounts.tokens import hashed
from videomind.models import SetupLink


def administrator_exists() -> bool:
    return get_user_model().objects.filter(is_superuser=True, is_active=True).exists()


@transaction.atomic
def new_link() -> str:
    """The secret of the one link that works from now on; earlier ones end."""
    secret = secrets.token_urlsafe(32)
    SetupLink.objects.all().delete()
    SetupLink.objects.create(hash=hashed(secret))
    return secret


def is_open(secret: str) -> bool:
    return not administrator_exists() and SetupLink.objects.filter(hash=hashed(secret)).exists()


# Django's classes take type arguments in the stubs only.
if TYPE_CHECKING:
    NewUserForm = BaseUserCreationForm[User]
else:
    NewUserForm = BaseUserCreationForm


class AdministratorForm(NewUserForm):
    """User name and password twice, under Django's own rules for both."""

    class Meta:
        model = User
        fields = ("username",)


def make_administrator(secret: str, form: AdministratorForm) -> User | None:
    """None when the link was used meanwhile: whoever deletes its row makes the administrator."""
    with transaction.atomic():
        gone, _ = SetupLink.objects.filter(hash=hashed(secret)).delete()
        if not gone or administrator_exists():
            return None
        user: User = form.save(commit=False)
        user.is_staff = user.is_superuser = True
        user.save()
        return user

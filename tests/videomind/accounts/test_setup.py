"""The one-time link that makes the first administrator."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from videomind.accounts import setup
from videomind.models import SetupLink

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

GOOD = {"username": "owner", "password1": "a long walk 42", "password2": "a long walk 42"}


def test_the_link_makes_an_administrator_and_logs_in() -> None:
    client = Client()
    path = f"/setup/{setup.new_link()}"
    page = client.get(path)
    assert page.status_code == 200
    assert b"style=" not in page.content
    assert b"<script" not in page.content
    answer = client.post(path, GOOD)
    assert (answer.status_code, answer["Location"]) == (302, "/admin/")
    user = User.objects.get()
    assert user.is_superuser
    assert user.is_staff
    assert client.get("/admin/").status_code == 200


def test_the_link_works_once() -> None:
    path = f"/setup/{setup.new_link()}"
    Client().post(path, GOOD)
    again = Client().post(path, GOOD | {"username": "second"})
    assert again.status_code == 404
    assert User.objects.count() == 1


def test_only_its_hash_is_kept() -> None:
    secret = setup.new_link()
    assert SetupLink.objects.get().hash != secret
    assert Client().get(f"/setup/{SetupLink.objects.get().hash}").status_code == 404


def test_a_new_link_ends_the_old_one() -> None:
    old = setup.new_link()
    new = setup.new_link()
    assert not setup.is_open(old)
    assert setup.is_open(new)


def test_the_link_ends_when_an_administrator_exists() -> None:
    path = f"/setup/{setup.new_link()}"
    User.objects.create_superuser("root", password="x")
    assert Client().get(path).status_code == 404
    assert Client().post(path, GOOD).status_code == 404


def test_two_at_once_make_one_administrator() -> None:
    secret = setup.new_link()
    forms = [setup.AdministratorForm(GOOD | {"username": name}) for name in ("one", "two")]
    assert all(form.is_valid() for form in forms)
    made = [setup.make_administrator(secret, form) for form in forms]
    assert [user is not None for user in made] == [True, False]


@pytest.mark.parametrize(
    "wrong",
    [
        {"password2": "another"},
        {"password1": "short", "password2": "short"},
        {"password1": "12345678901", "password2": "12345678901"},
        {"username": ""},
        {"username": "a b<script>"},
    ],
)
def test_a_weak_or_wrong_form_makes_nobody_and_keeps_the_link(wrong: dict[str, str]) -> None:
    secret = setup.new_link()
    answer = Client().post(f"/setup/{secret}", GOOD | wrong)
    assert answer.status_code == 200
    assert b"errorlist" in answer.content
    assert not User.objects.exists()
    assert setup.is_open(secret)


def test_the_form_needs_its_csrf_token() -> None:
    answer = Client(enforce_csrf_checks=True).post(f"/setup/{setup.new_link()}", GOOD)
    assert answer.status_code == 403
    assert not User.objects.exists()

"""Wrong passwords: counted by name and address, and then a pause."""

from __future__ import annotations

from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.test import Client, RequestFactory
from django.utils import timezone
from pytest_django import Settings

from tests.people import PASSWORD, person, signed_in
from videomind.accounts.login import client_address

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

LOGIN = "/admin/login/?next=/admin/"


@pytest.fixture(autouse=True)
def throttled(settings: Settings) -> None:
    settings.AXES_ENABLED = True


def log_in(name: str, password: str, *, address: str = "10.0.0.1", **headers: str) -> int:
    client = Client(REMOTE_ADDR=address, headers=headers)
    return client.post(LOGIN, {"username": name, "password": password}).status_code


def test_five_wrong_passwords_lock_the_name_from_that_address() -> None:
    person("olga")
    assert [log_in("olga", "wrong") for _ in range(5)] == [200, 200, 200, 200, 429]
    assert log_in("olga", PASSWORD) == 429


def test_the_lock_says_so_in_a_sentence() -> None:
    person("olga")
    for _ in range(5):
        log_in("olga", "wrong")
    page = Client(REMOTE_ADDR="10.0.0.1").post(LOGIN, {"username": "olga", "password": "wrong"})
    assert page.status_code == 429
    assert "rests for a quarter of an hour" in page.content.decode()
    assert page["Content-Security-Policy"].startswith("default-src 'self'")


def test_others_and_other_addresses_are_not_locked() -> None:
    person("olga")
    person("ada")
    for _ in range(6):
        log_in("olga", "wrong")
    assert log_in("ada", PASSWORD) == 302
    assert log_in("olga", PASSWORD, address="10.0.0.2") == 302


def test_it_opens_after_a_quarter_of_an_hour_however_often_one_knocks() -> None:
    person("olga")
    for _ in range(8):
        log_in("olga", "wrong")
    earlier = timezone.now() - timedelta(minutes=15, seconds=1)
    AccessAttempt.objects.update(attempt_time=earlier)
    assert log_in("olga", PASSWORD) == 302


def test_a_good_login_clears_the_count() -> None:
    person("olga")
    for _ in range(4):
        log_in("olga", "wrong")
    assert log_in("olga", PASSWORD) == 302
    assert log_in("olga", "wrong") == 200
    assert AccessAttempt.objects.get().failures_since_start == 1


def test_no_password_is_kept() -> None:
    log_in("olga", "my secret password")
    row = AccessAttempt.objects.get()
    assert "my secret" not in row.post_data
    page = signed_in("ada").get(f"/admin/axes/accessattempt/{row.pk}/change/")
    assert page.status_code == 200
    assert b"olga" in page.content
    assert b"_save" not in page.content


def test_a_forwarded_address_is_believed_behind_our_proxy_only(settings: Settings) -> None:
    forged = {"X-Forwarded-For": "1.1.1.1, 2.2.2.2"}
    request = RequestFactory().get("/", headers=forged, REMOTE_ADDR="10.0.0.9")
    assert client_address(request) == "10.0.0.9"
    settings.BEHIND_PROXY = True
    assert client_address(request) == "2.2.2.2"


@pytest.mark.parametrize("header", ["", "unknown", "1.2.3.4'--", "a, b"])
def test_what_is_no_address_is_not_taken_for_one(settings: Settings, header: str) -> None:
    settings.BEHIND_PROXY = True
    headers = {"X-Forwarded-For": header}
    request = RequestFactory().get("/", headers=headers, REMOTE_ADDR="10.0.0.9")
    assert client_address(request) == "10.0.0.9"


def test_new_addresses_in_the_header_do_not_help_to_guess() -> None:
    person("olga")
    codes = [log_in("olga", "wrong", **{"X-Forwarded-For": f"1.1.1.{n}"}) for n in range(5)]
    assert codes[-1] == 429


def test_a_viewer_signs_in_at_the_sites_own_form_and_out_again(
    settings: Settings,
) -> None:
    """The admin's form would refuse her: she is not staff."""
    settings.PUBLIC_LIBRARY = False
    User.objects.create_user("vera", password="a good long one")
    client = Client()
    door = client.get("/")
    assert door["Location"] == "/login/?next=/"
    told = {"username": "vera", "password": "a good long one", "next": "/"}
    assert client.post("/login/", told)["Location"] == "/"
    assert client.get("/").status_code == 200
    assert client.post("/logout/")["Location"] == "/"
    assert client.get("/").status_code == 302


def test_signing_in_leads_to_no_other_site() -> None:
    User.objects.create_user("vera", password="a good long one")
    told = {"username": "vera", "password": "a good long one", "next": "https://example.org/"}
    assert Client().post("/login/", told)["Location"] == "/"

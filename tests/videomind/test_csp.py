"""What every answer tells the browser it may do."""

from __future__ import annotations

import pytest
from django.http import HttpResponse, JsonResponse
from django.test import Client, RequestFactory
from django.views.defaults import server_error
from pytest_django import DjangoAssertNumQueries, Settings

from tests.people import signed_in
from videomind.accounts import setup
from videomind.csp import policy

pytestmark = pytest.mark.django_db

STRICT = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self';"
    " connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self';"
    " frame-ancestors 'none'"
)
NOTHING = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"
PAGES = [
    "/", "/admin/login/", "/nothing", "/setup/wrong", "/admin/", "/admin/jobs/job/",
    "/admin/auth/user/add/", "/admin/password_change/", "/admin/channels_app/channel/add-by-url/",
    "/admin/jobs/job/do/retry/?ids=1",
]  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
def test_every_page_has_the_strict_policy_and_carries_nothing_inline(path: str) -> None:
    page = signed_in("ada").get(path)
    assert page["Content-Type"].startswith("text/html")
    assert page["Content-Security-Policy"] == STRICT
    text = page.content.decode().lower()
    assert "<style" not in text
    assert " style=" not in text
    assert "javascript:" not in text
    assert " onclick=" not in text
    assert all("src=" in part.partition(">")[0] for part in text.split("<script")[1:])


def test_the_setup_page_has_it_too() -> None:
    page = Client().get(f"/setup/{setup.new_link()}")
    assert page["Content-Security-Policy"] == STRICT


@pytest.mark.parametrize("path", ["/healthz", "/api/jobs", "/api/nothing", "/admin/jsi18n/"])
def test_what_is_no_page_may_load_nothing(path: str) -> None:
    answer = signed_in("ada").get(path)
    assert answer["Content-Security-Policy"] == NOTHING


@pytest.mark.parametrize("path", ["/", "/healthz", "/nothing", "/static/css/admin.css"])
def test_the_other_headers_are_on_everything(path: str) -> None:
    answer = Client().get(path)
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in answer["Permissions-Policy"]
    assert "Content-Security-Policy" in answer
    answer.close()


def test_plain_requests_are_upgraded_with_tls_only(settings: Settings) -> None:
    assert "upgrade" not in policy(HttpResponse("a page"))
    settings.HTTPS = True
    assert policy(HttpResponse("a page")).endswith("; upgrade-insecure-requests")


def test_the_type_decides() -> None:
    assert policy(HttpResponse("a page")) == STRICT
    assert policy(JsonResponse({})) == NOTHING
    assert policy(HttpResponse("x", content_type="image/svg+xml")) == NOTHING
    assert policy(HttpResponse("x", content_type="TEXT/HTML; charset=utf-8")) == STRICT


def test_djangos_own_debug_pages_keep_their_style(settings: Settings) -> None:
    settings.DEBUG = True
    page = Client().get("/nothing")
    assert "Content-Security-Policy" not in page


# --- error pages ----------------------------------------------------------------------------------


def test_the_page_of_a_failure_needs_no_database(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_num_queries(0):
        page = server_error(RequestFactory().get("/broken"))
    assert page.status_code == 500
    assert "its log says why" in page.content.decode()


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/nothing", 404, "There is no page at this address."),
        ("/admin/jobs/job/do/nothing/", 403, "You may not do this."),
        ("/admin/jobs/job/do/retry/?ids=x", 400, "This request cannot be read"),
    ],
)
def test_every_refusal_has_a_page_of_ours(path: str, status: int, said: str) -> None:
    page = signed_in("ada").get(path)
    assert page.status_code == status
    assert said in page.content.decode()
    assert page["Content-Security-Policy"] == STRICT


def test_a_form_without_its_token_has_one_too() -> None:
    page = signed_in("ada", csrf=True).post("/admin/logout/")
    assert page.status_code == 403
    assert "This form has expired" in page.content.decode()
    assert page["Content-Security-Policy"] == STRICT

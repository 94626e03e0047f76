"""Who may see what: every address of the site, and what each kind of visitor gets."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.middleware.csrf import get_token
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver
from pytest_django.fixtures import Settings

from tests.people import signed_in
from tests.videomind.calling import Script, assert_problem, content
from videomind.scopes import Scope

pytestmark = [pytest.mark.django_db]

ANYBODY = {
    "/healthz",
    "/readyz",
    "/version",
    "/setup/<str:secret>",
    "^api/.*",
    "/login/",
    "/logout/",
}
# For anybody too, unless PUBLIC_LIBRARY is off: then for whoever is logged in.
LIBRARY_PAGES = {
    "/",
    "/continue/",
    "/group/<shelf:slug>/",
    "/channel/<source:channel_id>/",
    "/playlist/<source:playlist_id>/",
    "/watch/<video:youtube_id>/",
}
LIBRARY_FILES = {"/media/file/<file:file_id>/", "/media/subtitles/<file:file_id>/"}
LIBRARY = LIBRARY_PAGES | LIBRARY_FILES
# For operators and administrators; tests/jobs/views/test_access.py walks them by method.
CONSOLE = {
    "/jobs/",
    "/jobs/live",
    "/jobs/list",
    "/jobs/new",
    "/jobs/lanes/<str:lane>/pause",
    "/jobs/lanes/<str:lane>/resume",
    "/jobs/lanes/<str:lane>/release",
    "/jobs/<int:job_id>/",
    "/jobs/<int:job_id>/live",
    "/jobs/<int:job_id>/log",
    "/jobs/<int:job_id>/log/more",
    "/jobs/<int:job_id>/retry",
    "/jobs/<int:job_id>/cancel",
    "/jobs/<int:job_id>/remove",
}
STAFF = {"/admin/"}
# The scope that each method of each address needs.
BY_SCOPE = {
    "/api/": {"GET": "read"},
    "/api/jobs": {"GET": "read", "POST": "operate"},
    "/api/jobs/failure-codes": {"GET": "read"},
    "/api/jobs/logs/<int:job_id>": {"GET": "read"},
    "/api/jobs/<int:job_id>": {"GET": "read", "PATCH": "operate", "DELETE": "operate"},
    "/api/jobs/<int:job_id>/retry": {"POST": "operate"},
    "/api/jobs/<int:job_id>/cancel": {"POST": "operate"},
    "/api/tracks": {"GET": "read"},
}
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")


def addresses() -> Iterator[tuple[str, URLPattern | None]]:
    for each in get_resolver().url_patterns:
        yield from _below(each, "/")


def _below(each: URLPattern | URLResolver, start: str) -> Iterator[tuple[str, URLPattern | None]]:
    text = str(each.pattern)
    if text == "admin/":
        yield start + text, None
    elif isinstance(each, URLResolver):
        for inner in each.url_patterns:
            yield from _below(inner, start + text)
    else:
        yield (text if text.startswith("^") else start + text), each


def concrete(path: str) -> str:
    return path.replace("<int:job_id>", "1")


def test_every_address_is_on_the_list() -> None:
    assert {
        path for path, _ in addresses()
    } == ANYBODY | LIBRARY | CONSOLE | STAFF | BY_SCOPE.keys()


def test_every_address_of_the_api_needs_the_scope_on_the_list() -> None:
    found = {
        path: {m: s for m, s in vars(pattern.callback)["scopes"].items() if m != "HEAD"}
        for path, pattern in addresses()
        if pattern is not None and path in BY_SCOPE
    }
    assert found == BY_SCOPE


@pytest.mark.parametrize("path", sorted(LIBRARY))
def test_a_private_library_is_for_those_who_are_logged_in(path: str, settings: Settings) -> None:
    settings.PUBLIC_LIBRARY = False
    there = re.sub("<[^>]*>", "1" * 11, path)
    answer = Client().get(there)
    if path in LIBRARY_FILES:
        assert answer.status_code == 403
    else:
        assert answer.status_code == 302
        assert answer["Location"] == f"/login/?next={there}"
    client = Client()
    client.force_login(User.objects.create_user("visitor", password="x"))
    assert client.get(there).status_code in (200, 404)


@pytest.mark.parametrize("path", sorted(LIBRARY))
def test_the_library_is_only_read(path: str) -> None:
    there = re.sub("<[^>]*>", "1" * 11, path)
    for method in UNSAFE:
        assert Client().generic(method, there).status_code == 405


@pytest.mark.parametrize("path", BY_SCOPE)
def test_nobody_gets_nothing_from_the_api(path: str) -> None:
    for method in ("GET", *UNSAFE):
        answer = Client().generic(method, concrete(path))
        assert_problem(answer, 401)
        assert "Bearer" in answer["WWW-Authenticate"]


@pytest.mark.parametrize("path", BY_SCOPE)
def test_a_method_that_is_not_there_is_405_and_says_which_are(path: str) -> None:
    script = Script(Scope.ADMIN)
    for method in {"GET", *UNSAFE, "OPTIONS"} - BY_SCOPE[path].keys():
        answer = script.send(method, concrete(path))
        assert_problem(answer, 405)
        allowed = set(answer["Allow"].split(", ")) - {"HEAD"}
        assert allowed == BY_SCOPE[path].keys()


@pytest.mark.parametrize("path", BY_SCOPE)
def test_a_reader_is_refused_every_method_that_changes(path: str) -> None:
    script = Script(Scope.READ)
    for method, scope in BY_SCOPE[path].items():
        if scope != "read":
            assert_problem(script.send(method, concrete(path)), 403)


@pytest.mark.parametrize("path", ["/api/nothing", "/api/jobs/", "/api/jobs/x", "/api/jobs/-1"])
def test_an_unknown_address_under_api_is_a_problem(path: str) -> None:
    for method in ("GET", *UNSAFE):
        assert_problem(Client(enforce_csrf_checks=True).generic(method, path), 404)


def test_the_index_lists_the_routes() -> None:
    items = content(Script(Scope.READ).get("/api/"))["items"]
    listed = {item["path"]: item["methods"] for item in items}
    assert listed == {
        path.replace("<int:job_id>", "{job_id}"): methods for path, methods in BY_SCOPE.items()
    }


def test_the_admin_is_for_staff() -> None:
    assert Client().get("/admin/").status_code == 302
    visitor = User.objects.create_user("visitor", password="x")
    client = Client()
    client.force_login(visitor)
    assert client.get("/admin/").status_code == 302
    assert signed_in("olga").get("/admin/").status_code == 200


def test_django_q2s_own_pages_are_not_there() -> None:
    client = Client()
    client.force_login(User.objects.create_superuser("root", password="x"))
    page = client.get("/admin/")
    assert b"django_q" not in page.content
    assert client.get("/admin/django_q/schedule/").status_code == 404


# --- sessions -------------------------------------------------------------------------------------


def session(*, superuser: bool = False) -> Client:
    user = User.objects.create_user("alice", password="x", is_superuser=superuser)
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    return client


def csrf(client: Client) -> dict[str, str]:
    request = RequestFactory().get("/")
    token = get_token(request)
    client.cookies["csrftoken"] = request.META["CSRF_COOKIE"]
    return {"X-CSRFToken": token}


def test_a_visitor_without_a_role_may_do_nothing() -> None:
    assert_problem(session().get("/api/jobs"), 403)


def test_the_staff_flag_alone_opens_the_door_and_nothing_behind_it() -> None:
    user = User.objects.create_user("alice", password="x", is_staff=True)
    client = Client()
    client.force_login(user)
    assert_problem(client.get("/api/jobs"), 403)
    assert client.get("/admin/").status_code == 200
    assert client.get("/admin/jobs/job/").status_code == 403


def test_an_operator_may_operate_with_the_csrf_token_only() -> None:
    client = signed_in("olga", csrf=True)
    assert client.get("/api/jobs").status_code == 200
    body = b'{"job_type": "noop"}'
    refused = client.generic("POST", "/api/jobs", body, content_type="application/json")
    assert assert_problem(refused, 403)["code"] == "csrf_failed"
    made = client.generic(
        "POST", "/api/jobs", body, content_type="application/json", headers=csrf(client)
    )
    assert made.status_code == 201
    assert content(made)["requested_by"] == "olga"


def test_a_form_from_another_page_is_refused() -> None:
    client = session(superuser=True)
    assert_problem(client.post("/api/jobs", {"job_type": "noop"}), 415)


def test_a_token_in_the_header_wins_over_the_session() -> None:
    client = session(superuser=True)
    answer = client.get("/api/jobs", headers={"Authorization": "Bearer vm_wrong"})
    assert_problem(answer, 401)


def test_a_script_needs_no_csrf_token() -> None:
    script = Script(client=Client(enforce_csrf_checks=True))
    assert script.post("/api/jobs", {"job_type": "noop"}).status_code == 201


def test_every_address_has_its_row_in_the_docs() -> None:
    rows = (settings.BASE_DIR / "docs/api.md").read_text().splitlines()
    documented = {
        (*row.split("`")[1].split(" "), row.split("|")[2].strip())
        for row in rows
        if row.startswith("| `") and "/api/" in row.split("`")[1]
    }
    assert documented == {
        (method, path.replace("<int:job_id>", "{job_id}"), scope)
        for path, methods in BY_SCOPE.items()
        for method, scope in methods.items()
    }

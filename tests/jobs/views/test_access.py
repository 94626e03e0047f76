"""The console's addresses: who may enter, and that no other page can act in their name."""

from __future__ import annotations

import pytest
from django.test import Client

from jobs import urls
from jobs.models import Job, Lane
from jobs.states import Status
from tests.jobs.views.consoling import FRAGMENT, failed_job, job, person
from videomind.accounts import tokens
from videomind.scopes import Scope

pytestmark = [pytest.mark.django_db]

METHODS = {
    "": {"GET"},
    "live": {"GET"},
    "list": {"GET"},
    "new": {"GET", "POST"},
    "lanes/<str:lane>/pause": {"POST"},
    "lanes/<str:lane>/resume": {"POST"},
    "lanes/<str:lane>/release": {"POST"},
    "<int:job_id>/": {"GET"},
    "<int:job_id>/live": {"GET"},
    "<int:job_id>/log": {"GET"},
    "<int:job_id>/log/more": {"GET"},
    "<int:job_id>/retry": {"GET", "POST"},
    "<int:job_id>/cancel": {"GET", "POST"},
    "<int:job_id>/remove": {"GET", "POST"},
}
EVERY_WAY = [(path, method) for path, methods in METHODS.items() for method in sorted(methods)]


def concrete(path: str, job_id: int = 1) -> str:
    return "/jobs/" + path.replace("<int:job_id>", str(job_id)).replace("<str:lane>", "noop")


def test_every_address_of_the_console_is_on_the_list_and_needs_an_operator() -> None:
    found = {str(each.pattern): vars(each.callback)["needs"] for each in urls.console}
    assert {path: set(needs) - {"HEAD"} for path, needs in found.items()} == METHODS
    assert {scope for needs in found.values() for scope in needs.values()} == {Scope.OPERATE}


def test_nobody_is_sent_to_the_login_and_changes_nothing() -> None:
    made = failed_job()
    for path, method in EVERY_WAY:
        answer = Client().generic(method, concrete(path, made.pk))
        assert answer.status_code == 302, path
        assert answer["Location"].startswith("/login/?next=/jobs/")
    assert_untouched()


@pytest.mark.parametrize("role", ["", "Viewer"])
def test_a_viewer_and_a_visitor_without_a_role_are_refused(role: str) -> None:
    made = failed_job()
    client = person(role)
    for path, method in EVERY_WAY:
        assert client.generic(method, concrete(path, made.pk)).status_code == 403, path
    assert_untouched()


@pytest.mark.parametrize("role", ["Operator", "Administrator", "Root"])
def test_operators_and_administrators_see_every_page(role: str) -> None:
    made = job()
    client = person(role)
    for path, methods in METHODS.items():
        if "GET" in methods:
            answer = client.get(concrete(path, made.pk))
            assert answer.status_code in (200, 204), path
            assert answer["Cache-Control"] == "no-store"


def test_a_post_that_another_page_forged_is_refused() -> None:
    made = failed_job()
    client = person("Administrator", checks_csrf=True)
    for path, methods in METHODS.items():
        if "POST" in methods:
            answer = client.post(concrete(path, made.pk), {"job_type": "single_video_download"})
            assert answer.status_code == 403, path
    assert_untouched()


def assert_untouched() -> None:
    assert Job.objects.get().status == Status.DEAD_LETTER
    assert not Lane.objects.exclude(paused_at=None).exists()


def test_a_method_that_is_not_there_is_405() -> None:
    client = person()
    for path, methods in METHODS.items():
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - methods:
            answer = client.generic(method, concrete(path))
            assert answer.status_code == 405
            assert set(answer["Allow"].split(", ")) - {"HEAD"} == methods


def test_a_fragment_asked_for_after_the_session_ended_reloads_the_page() -> None:
    answer = Client().get("/jobs/live", headers=FRAGMENT)
    assert (answer.status_code, answer["HX-Refresh"]) == (204, "true")


def test_a_token_opens_no_page() -> None:
    _, secret = tokens.make("script", scope=Scope.ADMIN)
    answer = Client().get("/jobs/", headers={"Authorization": f"Bearer {secret}"})
    assert answer.status_code == 302


@pytest.mark.parametrize("number", ["0", "999999", str(2**63), "9" * 40])
def test_a_job_that_is_not_there_is_404(number: str) -> None:
    assert person().get(f"/jobs/{number}/").status_code == 404


def test_no_page_has_an_inline_script_style_or_handler() -> None:
    made = failed_job()
    client = person()
    for path, methods in METHODS.items():
        if "GET" not in methods:
            continue
        text = client.get(concrete(path, made.pk)).content.decode()
        for forbidden in ("<style", " style=", "hx-on", "hx-vars", "hx-vals='js", " onclick="):
            assert forbidden not in text, (path, forbidden)
        assert "<script>" not in text, path

"""The form of a new job: drawn from its kind's form, checked as the API checks."""

from __future__ import annotations

from typing import Any

import pytest
from django import forms
from django.http import QueryDict
from django.test import Client

from jobs.forms import JobForm
from jobs.kinds import KINDS, kinds
from jobs.models import Job, Priority
from jobs.states import Status, WaitFor
from jobs.views import create
from jobs.views.job_form import WishesForm, read
from tests.jobs.views.consoling import FRAGMENT, HOSTILE, html, person

pytestmark = [pytest.mark.django_db]

VIDEO = "dQw4w9WgXcQ"


def send(client: Client, job_type: str = "single_video_download", **given: Any) -> Any:
    options = {name: value for name, value in given.items() if name in WishesForm.base_fields}
    parameters = {f"p-{name}": value for name, value in given.items() if name not in options}
    return client.post("/jobs/new", {"job_type": job_type} | options | parameters)


@pytest.mark.parametrize("job_type", [each.job_type for each in KINDS])
def test_every_kind_draws_all_its_fields(job_type: str) -> None:
    text = html(person(), "/jobs/new", job_type=job_type)
    for name, field in kinds()[job_type].form_class.base_fields.items():
        assert f'name="p-{name}"' in text
        if field.help_text:
            assert str(field.help_text) in text
    for name in WishesForm.base_fields:
        assert f'name="{name}"' in text


def test_every_kind_of_the_product_is_offered_and_no_kind_of_the_tests() -> None:
    assert [each.job_type for each in create.offered()] == [each.job_type for each in KINDS]
    client = person()
    assert client.get("/jobs/new", {"job_type": "noop"}).status_code == 404
    assert send(client, "noop").status_code == 404
    assert not Job.objects.exists()


def test_another_type_is_a_fragment_for_htmx_and_a_page_for_everybody_else() -> None:
    client = person()
    address = "/jobs/new?job_type=playlist_download"
    part = client.get(address, headers=FRAGMENT).content.decode()
    assert part.lstrip().startswith("<form")
    assert "<html" not in part
    assert "<html" in html(client, address)
    assert 'name="p-playlist_url"' in part


def test_a_job_is_made_in_the_name_of_who_asked() -> None:
    answer = send(
        person(), video_url=f"https://youtu.be/{VIDEO}", priority="10", max_retries="0",
        timeout_seconds="60",
    )  # fmt: skip
    made = Job.objects.get()
    assert answer["Location"] == f"/jobs/{made.pk}/"
    assert (made.requested_by, made.target, made.priority) == ("operator", VIDEO, Priority.HIGH)
    assert (made.max_retries, made.timeout_seconds, made.status) == (0, 60, Status.PENDING)


def test_a_job_may_be_asked_for_later() -> None:
    send(person(), video_id=VIDEO, run_at="2999-01-01T12:30")
    made = Job.objects.get()
    assert (made.status, made.wait_for) == (Status.WAITING, WaitFor.TIME)


def test_the_same_again_leads_to_the_job_that_exists_and_says_so() -> None:
    client = person()
    send(client, video_id=VIDEO)
    answer = client.post(
        "/jobs/new", {"job_type": "single_video_download", "p-video_id": VIDEO}, follow=True
    )
    assert answer.redirect_chain == [(f"/jobs/{Job.objects.get().pk}/", 302)]
    assert "already does exactly this" in answer.content.decode()


def test_the_same_target_with_other_parameters_names_the_job_in_the_way() -> None:
    client = person()
    send(client, video_id=VIDEO)
    answer = send(client, video_id=VIDEO, extract_audio="on")
    assert answer.status_code == 200
    assert f'href="/jobs/{Job.objects.get().pk}/"' in answer.content.decode()


def test_an_error_stands_at_its_field_and_what_was_typed_stays() -> None:
    answer = send(
        person(), "channel_download", channel_url="https://evil.example/", max_downloads="many"
    )
    text = answer.content.decode()
    assert answer.status_code == 200
    assert 'id="error_max_downloads"' in text
    assert "It must be a whole number." in text
    assert 'aria-describedby="error_max_downloads"' in text
    assert 'value="https://evil.example/"' in text
    assert 'value="many"' in text
    refused = send(person(), "channel_download", channel_url="https://evil.example/")
    assert 'id="error_channel_url"' in refused.content.decode()
    assert not Job.objects.exists()


def test_an_error_of_the_whole_speaks_of_the_fields_as_they_are_called() -> None:
    text = send(person()).content.decode()
    assert "Give either “Video&#x27;s address” or “Video&#x27;s id”." in text


@pytest.mark.parametrize(
    ("name", "value"), [("max_retries", "99"), ("timeout_seconds", "x"), ("run_at", "soon")]
)
def test_an_option_that_is_wrong_is_said_at_its_field(name: str, value: str) -> None:
    answer = send(person(), video_id=VIDEO, **{name: value})
    text = answer.content.decode()
    assert answer.status_code == 200
    assert f'id="error_{name}"' in text
    assert "<details" in text
    assert " open>" in text
    assert not Job.objects.exists()


def test_what_only_an_administrator_may_ask_for_is_refused_at_its_field() -> None:
    answer = send(person(), video_id=VIDEO, format_selector="best")
    text = answer.content.decode()
    assert answer.status_code == 403
    assert 'id="error_format_selector"' in text
    assert create.ADMINISTRATORS_ONLY in text
    assert not Job.objects.exists()
    assert send(person("Administrator"), video_id=VIDEO, format_selector="best").status_code == 302


def test_what_was_typed_is_text_when_it_comes_back() -> None:
    text = send(person(), video_id=VIDEO, target_group=HOSTILE, profile=HOSTILE).content.decode()
    assert "<script>" not in text
    assert "<img src=x" not in text


class EveryField(JobForm):
    ticked = forms.BooleanField(required=False, initial=True)
    unticked = forms.BooleanField(required=False)
    some = forms.MultipleChoiceField(required=False, choices=[("a", "A"), ("b", "B")])
    share = forms.FloatField(required=False)
    word = forms.CharField(required=False)


@pytest.mark.parametrize(
    ("sent", "means"),
    [
        ("p-ticked=on", {}),
        ("", {"ticked": False}),
        ("p-ticked=on&p-unticked=on", {"unticked": True}),
        ("p-ticked=on&p-some=a&p-some=b", {"some": ["a", "b"]}),
        ("p-ticked=on&p-share=0.5&p-word=+x+", {"share": 0.5, "word": "x"}),
        ("p-ticked=on&p-word=++&word=y", {}),
    ],
)
def test_a_sent_form_means_what_the_api_would_get(sent: str, means: dict[str, Any]) -> None:
    assert read(EveryField, QueryDict(sent)) == means

"""A request that is sent again with its key is done once."""

from __future__ import annotations

from datetime import timedelta
from threading import Thread

import pytest
from django.db import connection
from django.utils import timezone

from jobs.models import Job
from tests.videomind.calling import Script, assert_problem, content
from videomind.models import IdempotencyKey

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture
def script() -> Script:
    return Script()


def test_a_repeated_request_with_its_key_makes_one_job(script: Script) -> None:
    body = {"job_type": "noop", "parameters": {"name": "once"}}
    first = script.post("/api/jobs", body, Idempotency_Key="k1")
    second = script.post("/api/jobs", body, Idempotency_Key="k1")
    assert (first.status_code, second.status_code) == (201, 200)
    assert second["Idempotency-Replayed"] == "true"
    assert content(first)["id"] == content(second)["id"]
    assert Job.objects.count() == 1


def test_a_key_with_another_body_is_422(script: Script) -> None:
    script.post("/api/jobs", {"job_type": "noop"}, Idempotency_Key="k1")
    answer = script.post("/api/jobs", {"job_type": "noop", "priority": 10}, Idempotency_Key="k1")
    assert assert_problem(answer, 422)["code"] == "idempotency_key_reused"
    assert Job.objects.count() == 1


def test_a_refused_request_does_not_use_up_its_key(script: Script) -> None:
    assert_problem(script.post("/api/jobs", {"job_type": "no"}, Idempotency_Key="k1"), 400)
    answer = script.post("/api/jobs", {"job_type": "noop"}, Idempotency_Key="k1")
    assert answer.status_code == 201


def test_a_key_is_its_senders_own(script: Script) -> None:
    for sender in (script, Script(name="another")):
        answer = sender.post("/api/jobs", {"job_type": "noop"}, Idempotency_Key="k1")
        assert answer.status_code == 201
    assert Job.objects.count() == 2


def test_a_key_is_forgotten_after_a_day(script: Script) -> None:
    script.post("/api/jobs", {"job_type": "noop"}, Idempotency_Key="k1")
    IdempotencyKey.objects.update(created_at=timezone.now() - timedelta(hours=25))
    answer = script.post("/api/jobs", {"job_type": "noop"}, Idempotency_Key="k1")
    assert answer.status_code == 201


@pytest.mark.parametrize("key", ["", "a b", "x" * 201])
def test_a_key_that_is_none_is_refused(script: Script, key: str) -> None:
    assert_problem(script.post("/api/jobs", {"job_type": "noop"}, Idempotency_Key=key), 400)


@pytest.mark.django_db(transaction=True)
def test_two_requests_at_once_with_one_key_make_one_job() -> None:
    sender = Script()
    statuses: list[int] = []

    def send() -> None:
        try:
            twin = Script(secret=sender.secret)
            body = {"job_type": "noop"}
            statuses.append(twin.post("/api/jobs", body, Idempotency_Key="k1").status_code)
        finally:
            connection.close()

    threads = [Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200, 200, 200, 201]
    assert Job.objects.count() == 1

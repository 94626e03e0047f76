"""People who use the console, as tests do, and the jobs they look at."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Group, User
from django.test import Client

from jobs import queue
from jobs.failures import failure
from jobs.models import Job
from jobs.states import Status

FRAGMENT = {"HX-Request": "true"}
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'"


def person(role: str = "Operator", *, checks_csrf: bool = False) -> Client:
    """Signed in with that role; "" has none, "Root" is a superuser."""
    name = role.lower() or "nobody"
    user, _ = User.objects.get_or_create(username=name)
    user.is_staff, user.is_superuser = bool(role), role == "Root"
    user.save()
    if role not in ("", "Root"):
        user.groups.add(Group.objects.get_or_create(name=role)[0])
    client = Client(enforce_csrf_checks=checks_csrf)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def job(job_type: str = "noop", *, parameters: dict[str, Any] | None = None, **fields: Any) -> Job:
    """A job as the queue makes it, then with these columns."""
    made = queue.submit(job_type, parameters or {}).job
    Job.objects.filter(pk=made.pk).update(**fields)
    return Job.objects.get(pk=made.pk)


def failed_job(code: str = "connection_reset", **fields: Any) -> Job:
    row = failure(code)
    fields = {"status": Status.DEAD_LETTER, "completed_at": None} | fields
    return job(failure_code=code, failure_type=str(row.type), **fields)


def html(client: Client, path: str, **query: Any) -> str:
    answer = client.get(path, query)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()

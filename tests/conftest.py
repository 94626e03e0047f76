"""What all tests share: a clean data folder, the lanes, and the loopback YouTube."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from pytest_django import DjangoDbBlocker

from jobs.lanes import limits
from jobs.models import Lane
from tests.management.commands import flush

# A shell that starts the suite in the background lets it ignore SIGINT, and so whatever it starts.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """pytest-django's, and a look at what the migrations have made."""
    with django_db_blocker.unblock():
        flush.remember(connection)


@pytest.fixture(autouse=True)
def clean_folders() -> Iterator[None]:
    """No test sees another's files; each leaves none."""
    yield
    for folder in (settings.MEDIA_ROOT, settings.LOG_DIR):
        shutil.rmtree(folder, ignore_errors=True)
        Path(folder).mkdir(parents=True)


@pytest.fixture(autouse=True)
def lane_rows(request: pytest.FixtureRequest) -> None:
    """The lanes' rows, for every test that has a database: a flushed one has lost them."""
    marker = request.node.get_closest_marker("django_db")
    if marker is None and not {"db", "transactional_db"} & set(request.fixturenames):
        return
    transactional = bool(marker and marker.kwargs.get("transaction"))
    request.getfixturevalue("transactional_db" if transactional else "db")
    limits.ensure()
    Lane.objects.update_or_create(name="narrow", defaults={"limit": 1})

"""What all tests share: a clean data folder, the lanes, and the loopback YouTube."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from jobs import lanes
from jobs.models import Lane


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
    lanes.ensure()
    Lane.objects.update_or_create(name="narrow", defaults={"limit": 1})

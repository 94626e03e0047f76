"""The system checks."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from pytest_django import Settings

from videomind import checks


def ids(found: list[Any]) -> list[str]:
    return [each.id for each in found]


def test_our_own_settings_pass() -> None:
    assert checks.check_q_cluster() == []
    assert checks.check_secret_key() == []
    assert checks.check_folders() == []


WRONG = {
    "orm": "other",
    "broker_class": None,
    "bulk": 10,
    "ack_failures": False,
    "max_attempts": 0,
    "save_limit": 250,
    "catch_up": True,
    "guard_cycle": 0.3,
}


@pytest.mark.parametrize("name", WRONG)
def test_a_value_that_would_lose_work_is_refused(settings: Settings, name: str) -> None:
    settings.Q_CLUSTER = settings.Q_CLUSTER | {name: WRONG[name]}
    [error] = checks.check_q_cluster()
    assert error.id == "videomind.E001"
    assert name in error.msg
    assert error.hint


def test_every_rule_has_its_wrong_value() -> None:
    assert WRONG.keys() == checks.Q_CLUSTER_RULES.keys()


def test_a_task_may_not_be_handed_out_while_it_runs(settings: Settings) -> None:
    settings.Q_CLUSTER = settings.Q_CLUSTER | {"timeout": 60, "retry": 60}
    assert ids(checks.check_q_cluster()) == ["videomind.E002"]


@pytest.mark.parametrize("key", ["short", "x" * 60, "django-insecure-" + "abcdefgh1234" * 5])
def test_a_guessable_secret_key_is_refused(settings: Settings, key: str) -> None:
    settings.SECRET_KEY = key
    assert ids(checks.check_secret_key()) == ["videomind.E003"]


def test_a_folder_that_is_not_ours_is_refused(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path / "gone"
    assert ids(checks.check_folders()) == ["videomind.E004"]


def test_check_deploy_is_clean_with_production_settings(tmp_path: Path) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "DATA_DIR": str(tmp_path / "data"),
        "HTTPS": "true",
        "SECRET_KEY": "correct-horse-battery-staple-0123456789-ABCDEFGHIJKLM",
    }
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "INFO"],
        cwd=configured.BASE_DIR, env=environment, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "no issues (0 silenced)" in done.stdout

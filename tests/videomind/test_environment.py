"""The environment: typed, refused with a reason, documented, and kept private."""

from __future__ import annotations

import ast
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from videomind import environment

READERS = {"str", "list", "whole_number", "seconds", "yes_or_no", "folder", "get"}
FILES = ("videomind/settings.py", "videomind/environment.py", "jobs/processes/node.py")


def variables() -> set[str]:
    """Every name that the settings ask the environment for."""
    return {name for file in FILES for name in _asked(settings.BASE_DIR / file)}


def _asked(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Call) and node.args and _name(node.func) in READERS:
            first = node.args[0]
            if isinstance(first, ast.Constant) and str(first.value).isupper():
                yield str(first.value)


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def test_the_settings_were_understood() -> None:
    assert {"DATA_DIR", "PORT", "DATABASE_URL", "SECRET_KEY", "WORKERS", "HTTPS"} <= variables()


@pytest.mark.parametrize("file", [".env.example", "docs/configuration.md"])
def test_every_variable_is_documented_and_nothing_else(file: str) -> None:
    text = (settings.BASE_DIR / file).read_text()
    if file == ".env.example":
        documented = {
            line.lstrip("# ").partition("=")[0]
            for line in text.splitlines()
            if "=" in line and line.lstrip("# ").partition("=")[0].isupper()
        }
    else:
        documented = {line.split("`")[1] for line in text.splitlines() if line.startswith("| `")}
    assert documented == variables()


@pytest.mark.parametrize("value", ["abc", "0", "101", "1.5", "-1", "1e1", "nan"])
def test_a_wrong_number_is_refused_with_its_name(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("WORKERS_X", value)
    with pytest.raises(ImproperlyConfigured, match=r"WORKERS_X is .* from 1 to 100 is accepted"):
        environment.whole_number("WORKERS_X", 5, low=1, high=100)


def test_a_wrong_answer_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_X", "perhaps")
    with pytest.raises(ImproperlyConfigured, match="HTTPS_X is 'perhaps'"):
        environment.yes_or_no("HTTPS_X", default=False)


@pytest.mark.parametrize("text", ["mysql://host/name", "nonsense", "sqlite:////nowhere/x.sqlite3"])
def test_a_wrong_database_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", text)
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL"):
        environment.database_url(tmp_path)


def test_what_is_made_is_ours_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DATA_X", str(tmp_path / "data"))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("SECRET_KEY", raising=False)
    made = environment.folder("DATA_X", tmp_path)
    database = Path(str(environment.database_url(made)["NAME"]))
    environment.secret_key(made)
    assert mode(made) == 0o700
    assert mode(database) == 0o600
    assert mode(made / "secret_key") == 0o600


def test_an_open_database_file_is_closed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    path = tmp_path / "videomind.sqlite3"
    path.write_bytes(b"")
    path.chmod(0o644)
    environment.database_url(tmp_path)
    assert mode(path) == 0o600


def test_the_secret_key_is_made_once_and_never_the_same(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("SECRET_KEY", raising=False)
    first = environment.secret_key(tmp_path)
    assert environment.secret_key(tmp_path) == first
    (tmp_path / "secret_key").unlink()
    assert environment.secret_key(tmp_path) != first
    (tmp_path / "secret_key").write_text("")
    with pytest.raises(ImproperlyConfigured, match="empty"):
        environment.secret_key(tmp_path)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_command_says_what_is_wrong_in_one_line(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        env={**os.environ, "DATA_DIR": str(tmp_path), "WORKERS": "many"}
        | {"DJANGO_SETTINGS_MODULE": "videomind.settings"},
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 2
    assert done.stderr == "WORKERS is 'many': a number from 1 to 200 is accepted.\n"


@pytest.mark.parametrize("error", sorted(environment.BROKEN_MOUNT))
def test_a_folder_on_a_broken_mount_is_accepted(
    error: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is there and cannot be looked at becomes a hold while everything else works."""

    def broken(self: Path, **options: object) -> None:
        raise OSError(error, os.strerror(error))

    with monkeypatch.context() as patched:
        patched.setattr(Path, "mkdir", broken)
        assert environment.folder("MEDIA_X", tmp_path) == tmp_path


def test_a_folder_that_may_be_a_mounted_disk_is_not_made(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MEDIA_X", str(tmp_path / "away" / "media"))
    assert environment.folder("MEDIA_X", tmp_path, make=False) == tmp_path / "away" / "media"
    assert list(tmp_path.iterdir()) == []


def test_a_file_where_a_folder_should_be_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "media").touch()
    monkeypatch.setenv("MEDIA_X", str(tmp_path / "media"))
    with pytest.raises(ImproperlyConfigured, match=r"MEDIA_X is .* a file: a folder is accepted"):
        environment.folder("MEDIA_X", tmp_path, make=False)


def test_a_disk_that_hangs_does_not_keep_a_start_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    over = threading.Event()
    monkeypatch.setenv("MEDIA_X", str(tmp_path))
    monkeypatch.setattr(environment, "DISK_PATIENCE_S", 0.01)
    monkeypatch.setattr(os.path, "isfile", lambda _: over.wait())
    assert environment.folder("MEDIA_X", tmp_path, make=False) == tmp_path
    over.set()


def test_no_command_makes_the_media_folder_anew(tmp_path: Path) -> None:
    """Whoever moves the library back to its place would move it into what stands there."""
    subprocess.run(
        [sys.executable, "manage.py", "check"],
        env={**os.environ, "DATA_DIR": str(tmp_path)}
        | {"DJANGO_SETTINGS_MODULE": "videomind.settings"},
        cwd=settings.BASE_DIR,
        capture_output=True,
        timeout=60,
        check=True,
    )
    assert (tmp_path / "logs").is_dir()
    assert not (tmp_path / "media").exists()

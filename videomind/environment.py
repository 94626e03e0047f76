"""The environment as typed values; a wrong one is refused with its name and what is accepted."""

from __future__ import annotations

import errno
import os
import secrets
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

DISK_PATIENCE_S = 1.0
BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()


def read_dotenv() -> None:
    """Takes `.env` beside manage.py as defaults: the real environment wins."""
    dotenv = BASE_DIR / ".env"
    if dotenv.is_file():
        environ.Env.read_env(dotenv, overwrite=False)


def whole_number(name: str, default: int, *, low: int, high: int) -> int:
    return int(_number(name, default, low, high, int))


def seconds(name: str, default: float, *, low: float = 0, high: float = 7 * 24 * 3600) -> float:
    return float(_number(name, default, low, high, float))


def _number(
    name: str, default: float, low: float, high: float, parse: Callable[[str], float]
) -> float:
    text = os.environ.get(name, "").strip()
    if not text:
        return default
    try:
        value = parse(text)
    except ValueError:
        value = low - 1
    if not low <= value <= high:
        raise ImproperlyConfigured(
            f"{name} is {text!r}: a number from {low:g} to {high:g} is accepted."
        )
    return value


def yes_or_no(name: str, *, default: bool) -> bool:
    text = os.environ.get(name, "").strip().lower()
    if text in {"1", "true", "yes", "on"}:
        return True
    if text in {"0", "false", "no", "off"}:
        return False
    if not text:
        return default
    raise ImproperlyConfigured(f"{name} is {text!r}: true or false is accepted.")


BROKEN_MOUNT = frozenset({errno.ESTALE, errno.ENOTCONN, errno.EIO, errno.ENODEV})


def folder(name: str, default: Path, *, make: bool = True) -> Path:
    """An absolute folder, made for us alone when it is missing.

    Not one that may be a mounted disk (`make=False`): a folder in the place of a disk that is away
    would be taken for it, or be in its way.
    """
    path = Path(os.environ.get(name, "").strip() or default).expanduser()
    path = path if path.is_absolute() else BASE_DIR / path
    if not make:
        return _not_a_file(name, path)
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        if error.errno in BROKEN_MOUNT:
            # It is there, its disk is not: that is a hold, and no reason to stop everything else.
            return path
        raise ImproperlyConfigured(
            f"{name} is {str(path)!r}, which cannot be made: {error.strerror}."
        ) from error
    return path


def _not_a_file(name: str, path: Path) -> Path:
    if _is_file(path):
        raise ImproperlyConfigured(f"{name} is {str(path)!r}, a file: a folder is accepted.")
    return path


def _is_file(path: Path) -> bool:
    """No, where the disk does not answer: a mount that hangs must not keep every start waiting."""
    found: list[bool] = []
    look = threading.Thread(target=lambda: found.append(os.path.isfile(path)), daemon=True)  # noqa: PTH113  (it never raises)
    look.start()
    look.join(DISK_PATIENCE_S)
    return any(found)


def database_url(data_dir: Path) -> dict[str, object]:
    text = os.environ.get("DATABASE_URL", "").strip() or f"sqlite:///{data_dir}/videomind.sqlite3"
    scheme = text.split(":", 1)[0]
    if scheme not in {"sqlite", "postgres", "postgresql"}:
        raise ImproperlyConfigured(
            f"DATABASE_URL begins with {scheme!r}: sqlite:///path or"
            " postgres://user:password@host/name is accepted."
        )
    config = dict(environ.Env.db_url_config(text))
    if scheme == "sqlite":
        keep_private(Path(str(config["NAME"])))
    return config


def keep_private(path: Path) -> None:
    """The database file is made by us, 0600, before SQLite does; its -wal and -shm follow it."""
    if str(path) == ":memory:":
        return
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        if path.stat().st_mode & 0o077 and path.stat().st_uid == os.getuid():
            path.chmod(0o600)
    except OSError as error:
        raise ImproperlyConfigured(
            f"DATABASE_URL names {str(path)!r}, which cannot be written: {error.strerror}."
        ) from error


def secret_key(data_dir: Path) -> str:
    """SECRET_KEY, or one made at the first start and kept in DATA_DIR, readable by us alone."""
    given = os.environ.get("SECRET_KEY", "").strip()
    if given:
        return given
    path = data_dir / "secret_key"
    if not path.exists():
        _make_key(path)
    return _settled(path)


def _make_key(path: Path) -> None:
    """Whole or not there at all: two processes at a first start must agree on one key."""
    new = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(60))
    with suppress(FileExistsError):
        os.link(new, path)
    new.unlink()


def _settled(path: Path) -> str:
    key = path.read_text().strip()
    if not key:
        raise ImproperlyConfigured(
            f"{path} is empty: delete it, and a new key is made at the next start."
        )
    return key

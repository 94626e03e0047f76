"""The house: imports run downwards only, front rooms are entered by nobody, files stay small."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
APPS = ("videomind", "jobs", "metadata", "channels_app")
# The site's rooms that everything may use: JSON over HTTP, the admin's base classes, the version.
SITE = (
    "videomind.http",
    "videomind.admin_site",
    "videomind.accounts",
    "videomind.database",
    "videomind.plans",
    "videomind.prctl",
    "videomind.scopes",
    "videomind.version",
)
# What each app may import of ours, besides itself.
MAY_IMPORT = {
    "jobs": {*SITE},
    "metadata": {"jobs", *SITE},
    "channels_app": {"metadata", "jobs", *SITE},
}
FRONT_ROOMS = {"admin", "views", "api", "cli", "forms", "management", "urls"}
DJANGO_FREE = (
    "jobs/processes/child.py",
    "jobs/processes/fork_server.py",
    "jobs/logs/redaction.py",
    "metadata/youtube",
)
LONGEST_FILE = 400


def modules(*apps: str) -> Iterator[Path]:
    for app in apps:
        for path in sorted((ROOT / app).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def room(path: Path) -> tuple[str, ...]:
    return path.relative_to(ROOT).with_suffix("").parts


def allowed(app: str, name: str) -> bool:
    owner = name.split(".")[0]
    if owner not in APPS or owner == app:
        return True
    return any(name == each or name.startswith(f"{each}.") for each in MAY_IMPORT[app])


@pytest.mark.parametrize("app", ["jobs", "metadata", "channels_app"])
def test_imports_run_downwards_only(app: str) -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules(app)
        for name in imports(path)
        if not allowed(app, name) and name != "videomind"
    ]
    assert wrong == []


def is_front(parts: tuple[str, ...]) -> bool:
    return len(parts) > 1 and any(part in FRONT_ROOMS for part in parts[1:])


def test_nobody_enters_a_front_room() -> None:
    """But another front room, and `JobForm`, which is the contract of a kind's parameters."""
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules(*APPS)
        for name in imports(path)
        if name.split(".")[0] in APPS
        and is_front(tuple(name.split(".")))
        and not name.startswith(SITE)
        and not is_front(room(path))
        and not name.startswith("jobs.forms")
    ]
    assert wrong == []


def test_what_runs_in_a_child_knows_no_django() -> None:
    paths = [
        path
        for each in DJANGO_FREE
        for path in (
            sorted((ROOT / each).rglob("*.py")) if (ROOT / each).is_dir() else [ROOT / each]
        )
    ]
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in paths
        for name in imports(path)
        if name.split(".")[0] in {"django", "django_q"}
    ]
    assert wrong == []


@pytest.mark.parametrize("name", ["jobs", "metadata", "metadata/youtube"])
def test_packages_that_a_child_passes_through_are_empty(name: str) -> None:
    assert (ROOT / name / "__init__.py").read_text() == ""


def test_only_the_engines_own_rooms_know_django_q() -> None:
    knowing = {
        str(path.relative_to(ROOT))
        for path in modules(*APPS)
        for name in imports(path)
        if name.split(".")[0] == "django_q"
    }
    assert knowing <= {"jobs/cluster/broker.py", "jobs/cluster/pool.py", "jobs/schedules.py"}


@pytest.mark.parametrize("path", list(modules(*APPS)), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_says_first_what_lives_in_it(path: Path) -> None:
    source = path.read_text()
    if source.strip():
        assert ast.get_docstring(ast.parse(source)), "no docstring"
    assert source.count("\n") <= LONGEST_FILE, "a room is missing"


def test_nothing_is_called_by_a_name_that_says_nothing() -> None:
    stems = {part for path in modules(*APPS) for part in room(path)}
    assert not stems & {"utils", "services", "helpers", "manager", "managers", "misc", "common"}

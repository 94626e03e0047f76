"""The house: imports run down the list of rooms, never up and never in a circle; rooms stay small.

docs/architecture.md tells why each room stands where it does.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
APPS = ("videomind", "jobs", "metadata", "channels_app")
LONGEST_FILE = 400
MOST_MODULES = 14

# From the attic to the cellar. A module belongs to the longest name here that begins its own.
ROOMS = (
    # the site's own doors, which know every app
    "videomind.wsgi",
    "videomind.urls",
    "videomind.management",
    # channels_app: the library
    "channels_app.apps",
    "channels_app.urls",
    "channels_app.management",
    "channels_app.admin",
    "channels_app.templatetags",
    "channels_app.pages",
    "channels_app.media",
    "channels_app.api",
    "channels_app.workers",
    "channels_app.forms",
    "channels_app.maintenance",
    "channels_app.downloads",
    "channels_app.publishing",
    "channels_app.catalog",
    "channels_app.storage",
    "channels_app.models",
    "channels_app.access",
    "channels_app.states",
    # metadata: what is known of videos
    "metadata.apps",
    "metadata.management",
    "metadata.admin",
    "metadata.workers",
    "metadata.forms",
    "metadata.extraction",
    "metadata.statistics",
    "metadata.payloads",
    "metadata.store",
    "metadata.models",
    "metadata.dates",
    "metadata.child_failures",
    "metadata.cookies",
    "metadata.youtube.child",
    "metadata.youtube.warm_up",
    "metadata.youtube.warm_up_pages",
    "metadata.youtube.download",
    "metadata.youtube.listing",
    "metadata.youtube.sources",
    "metadata.youtube.client",
    "metadata.youtube.errors",
    # jobs: the engine
    "jobs.apps",
    "jobs.management",
    "jobs.urls",
    "jobs.cli",
    "jobs.admin",
    "jobs.views",
    "jobs.templatetags",
    "jobs.api",
    "jobs.supervisor",
    "jobs.operations",
    "jobs.monitoring",
    "jobs.recovery",
    "jobs.cluster",
    "jobs.workers",
    "jobs.execution",
    "jobs.queue",
    "jobs.lanes",
    "jobs.models",
    "jobs.processes",
    "jobs.logs",
    "jobs.kinds",
    "jobs.forms",
    "jobs.retry",
    "jobs.results",
    "jobs.progress",
    "jobs.failures",
    "jobs.states",
    # videomind: the site's ground
    "videomind.health",
    "videomind.admin_app",
    "videomind.admin",
    "videomind.views",
    "videomind.admin_site",
    "videomind.http",
    "videomind.apps",
    "videomind.accounts",
    "videomind.models",
    "videomind.checks",
    "videomind.csp",
    "videomind.formats",
    "videomind.launcher",
    "videomind.settings",
    "videomind.database",
    "videomind.environment",
    "videomind.plans",
    "videomind.scopes",
    "videomind.prctl",
    "videomind.version",
)
# Where people and machines come in. Not `jobs.forms`: that is the contract of a kind's parameters.
DOORS = (
    *(f"{app}.{door}" for app in APPS for door in ("admin", "management", "urls", "apps")),
    *(f"channels_app.{door}" for door in ("api", "forms", "media", "pages", "workers")),
    *(f"metadata.{door}" for door in ("forms", "workers")),
    *(f"jobs.{door}" for door in ("api", "cli", "views", "workers")),
    *(f"videomind.{door}" for door in ("health", "views", "wsgi")),
    "channels_app.templatetags",
    "jobs.templatetags",
)
# These may show names in their `__init__`; the other rooms say there what they are, no more.
FACES = ("jobs.models", "jobs.queue", "channels_app.models", "videomind.admin_site")
# What a child process runs.
DJANGO_FREE = (
    "jobs.processes.child",
    "jobs.processes.fork_server",
    "jobs.logs.redaction",
    "jobs.failures",
    "metadata.youtube",
    "videomind.launcher",
    "videomind.prctl",
)


@cache
def modules() -> Mapping[str, Path]:
    """Every module of ours by its dotted name; a package by its folder's."""
    found = {}
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            if "migrations" not in parts:
                found[".".join(parts).removesuffix(".__init__")] = path
    return found


@cache
def imports(path: Path) -> tuple[str, ...]:
    """Everything that stands in an import, also inside functions and for type checkers alone."""
    found: list[str] = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found += [f"{node.module}.{alias.name}" for alias in node.names]
    return tuple(found)


def module_of(name: str) -> str:
    """The module of ours that an imported name is or stands in; "" for other people's."""
    while name and name not in modules():
        name = name.rpartition(".")[0]
    return name


@cache
def arrows() -> Mapping[str, frozenset[str]]:
    """Which modules of ours each module imports."""
    return {
        name: frozenset(module_of(each) for each in imports(path)) - {"", name}
        for name, path in modules().items()
    }


def is_within(name: str, rooms: Iterable[str]) -> bool:
    return any(name == room or name.startswith(f"{room}.") for room in rooms)


@cache
def room_of(name: str) -> str:
    """The room of a module; an app's or a folder's empty `__init__` is in none."""
    fitting = [room for room in ROOMS if is_within(name, [room])]
    return max(fitting, key=len, default="")


def test_every_module_is_in_a_room() -> None:
    homeless = [name for name in modules() if not room_of(name)]
    assert set(homeless) == {*APPS, "metadata.youtube"}
    assert [room for room in ROOMS if room not in modules()] == []


def test_imports_run_down_the_list_of_rooms() -> None:
    floor = {room: number for number, room in enumerate(ROOMS)}
    upwards = [
        f"{name} ({room_of(name)}) imports {other} ({room_of(other)}), which stands above it"
        for name, others in arrows().items()
        for other in sorted(others)
        if room_of(name) and room_of(other) and floor[room_of(other)] < floor[room_of(name)]
    ]
    assert upwards == []


def test_no_imports_run_in_a_circle() -> None:
    assert list(circles(arrows())) == []


def circles(graph: Mapping[str, frozenset[str]]) -> Iterator[str]:
    """Takes away what imports nothing that is left, or is imported by none; what stays is one."""
    left = dict(graph)
    while done := {name for name, others in left.items() if not others & left.keys()} | (
        left.keys() - frozenset().union(*left.values())
    ):
        left = {name: others for name, others in left.items() if name not in done}
    for name, others in left.items():
        yield f"{name} imports {', '.join(sorted(others & left.keys()))}"


def test_a_circle_is_found() -> None:
    graph = {"a": frozenset({"b"}), "b": frozenset({"c"}), "c": frozenset({"b"})}
    assert list(circles(graph)) == ["b imports c", "c imports b"]


def test_nobody_enters_a_front_room() -> None:
    """But another front room."""
    wrong = [
        f"{name} imports {other}"
        for name, others in arrows().items()
        for other in sorted(others)
        if is_within(other, DOORS) and not is_within(name, DOORS)
    ]
    assert wrong == []


def test_what_runs_in_a_child_knows_no_django() -> None:
    """Nor does anything that it imports of ours."""
    inside = {name for name in modules() if is_within(name, DJANGO_FREE)}
    wrong = [
        f"{name} imports {other}"
        for name in sorted(inside)
        for other in imports(modules()[name])
        if other.split(".")[0] in {"django", "django_q"} or module_of(other) not in {"", *inside}
    ]
    assert wrong == []


@pytest.mark.parametrize(
    "name", [name for name, path in modules().items() if path.stem == "__init__"]
)
def test_a_package_says_what_it_is_and_nothing_more(name: str) -> None:
    body = ast.parse(modules()[name].read_text()).body
    if not is_within(name, FACES) and not name.endswith(".admin"):
        assert [type(node) for node in body] in ([], [ast.Expr]), "code in an __init__"
    if name in ROOMS and not name.endswith(("management", "templatetags")):
        assert body, "no line that says what lives here"


def test_only_the_engines_own_room_knows_django_q() -> None:
    knowing = {
        name
        for name, path in modules().items()
        for other in imports(path)
        if other.split(".")[0] == "django_q"
    }
    assert {room_of(name) for name in knowing} == {"jobs.cluster"}


@pytest.mark.parametrize("name", modules())
def test_a_module_says_first_what_lives_in_it(name: str) -> None:
    source = modules()[name].read_text()
    if source.strip():
        assert ast.get_docstring(ast.parse(source)), "no docstring"
    assert source.count("\n") <= LONGEST_FILE, "a room is missing"


def test_no_folder_is_crowded() -> None:
    folders = Counter(
        path.parent.relative_to(ROOT) for path in modules().values() if path.stem != "__init__"
    )
    assert {str(name): count for name, count in folders.items() if count > MOST_MODULES} == {}


def test_nothing_is_called_by_a_name_that_says_nothing() -> None:
    parts = {part for name in modules() for part in name.split(".")}
    assert not parts & {"utils", "services", "helpers", "manager", "managers", "misc", "common"}

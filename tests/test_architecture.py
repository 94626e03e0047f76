"""The documentation keeps step: what it names is there, and what it links to as well."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.test_layout import APPS, ROOMS, ROOT, modules

PAGE: Final = ROOT / "docs" / "architecture.md"
TEXT: Final = PAGE.read_text()
PAGES: Final = (*sorted(ROOT.glob("docs/*.md")), *sorted(ROOT.glob("*.md")))
# Not those that a run makes.
FOLDERS: Final = {*APPS, "bench", "deploy", "docs", "static", "templates", "tests"}
LEAST_ROWS: Final = 45

_CODE: Final = re.compile(r"`([^`\s]+)`")
# `path` — `name`, `name`
_NAMED: Final = re.compile(r"`([^`]+)`\s+—\s+(`[^`]+`(?:,\s+`[^`]+`)*)")
_LINK: Final = re.compile(r"\]\(([^)\s]+)\)")
_HEADING: Final = re.compile(r"^#+ (.+)$", re.MULTILINE)
_FILE: Final = re.compile(r"[\w./-]+\.(?:py|md|html|css|js|toml)")


def part(heading: str) -> str:
    return TEXT.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def rows() -> list[str]:
    lines = part("To change this, look here").splitlines()
    return [line for line in lines if line.startswith("| ")][1:]


def names(text: str) -> Iterator[tuple[str, str]]:
    """Each name with the file that it is said to stand in."""
    for path, listed in _NAMED.findall(text):
        for name in _CODE.findall(listed):
            yield path, name


def picture() -> Iterator[str]:
    """The rooms as they are drawn: names stand left of two spaces, their app at the margin."""
    app = ""
    for line in part("The rooms").split("```")[1].splitlines():
        left = line.strip().partition("  ")[0]
        if line and not line.startswith(" "):
            app = left
        elif left:
            yield from (f"{app}.{name}" for name in left.split(" · "))


def anchors(page: Path) -> set[str]:
    """As GitHub makes them of headings."""
    headings = _HEADING.findall(page.read_text())
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}


def paths(text: str) -> set[str]:
    """What is written as one: it begins with a folder of ours, or ends like a file."""
    code = _CODE.findall(text)
    return {each for each in code if each.partition("/")[0] in FOLDERS or _FILE.fullmatch(each)}


def test_paths_are_told_from_other_words() -> None:
    text = "`jobs/queue/` and `docs/api.md`; `GET /api/` and `data/media/` not"
    assert paths(text) == {"jobs/queue/", "docs/api.md"}


@pytest.mark.parametrize("document", PAGES, ids=lambda document: document.name)
def test_every_path_is_there(document: Path) -> None:
    said = paths(document.read_text()) | {path for path, _ in names(document.read_text())}
    assert {path for path in said if not (ROOT / path).exists()} == set()


def test_every_name_stands_in_its_file() -> None:
    missing = [
        f"{path} has no {name}"
        for path, name in names(TEXT)
        if not re.search(rf"(?<!\w){re.escape(name)}(?!\w)", (ROOT / path).read_text())
    ]
    assert missing == []


def test_the_table_is_long_and_every_row_names_something() -> None:
    assert len(rows()) >= LEAST_ROWS
    assert [row for row in rows() if not list(names(row))] == []


def test_the_two_lives_have_ten_steps_and_each_names_something() -> None:
    for life in ("The life of a job", "The life of a video"):
        steps = re.split(r"^\d+\. ", part(life), flags=re.MULTILINE)[1:]
        assert len(steps) == 10
        assert [step for step in steps if not list(names(step))] == []


def test_the_picture_shows_the_rooms_in_their_order() -> None:
    drawn = list(picture())
    packages = [room for room in ROOMS if modules()[room].stem == "__init__"]
    assert {room.partition(".")[0] for room in drawn} == set(APPS)
    assert [room for room in ROOMS if room in drawn] == drawn
    assert [room for room in packages if room not in drawn] == []


@pytest.mark.parametrize("document", PAGES, ids=lambda document: document.name)
def test_every_link_leads_somewhere(document: Path) -> None:
    links = [link for link in _LINK.findall(document.read_text()) if "://" not in link]
    for link in links:
        path, _, anchor = link.partition("#")
        target = (document.parent / path).resolve() if path else document
        assert target.is_relative_to(ROOT), link
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_pages_that_code_names_are_there() -> None:
    files = [*modules().values(), *ROOT.glob("tests/**/*.py"), ROOT / "pyproject.toml"]
    said = {
        page for file in files for page in re.findall(r"\bdocs/[\w.-]+\.md\b", file.read_text())
    }
    assert said
    assert {page for page in said if not (ROOT / page).exists()} == set()

"""What the tests cost: their seconds by kind, and the slowest file of each kind."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

# The first that fits: a file belongs to the kind whose folder it is in.
KINDS: Final[Mapping[str, tuple[str, ...]]] = {
    "browser": ("tests.browser.",),
    "engine and faults": ("tests.end_to_end.", "tests.faults."),
    "downloads": (
        "tests.channels_app.downloads.",
        "tests.loopback.",
        "tests.metadata.test_",
        "tests.metadata.youtube.",
    ),
    "unit and database": ("",),
}


def read(report: Path) -> dict[str, float]:
    """Seconds by test file, set-up included, of a JUnit report; none where there is no report."""
    seconds: dict[str, float] = defaultdict(float)
    if report.exists():
        for case in ElementTree.parse(report).iter("testcase"):
            seconds[case.attrib["classname"]] += float(case.attrib["time"])
    return seconds


def lines(seconds: Mapping[str, float]) -> Iterator[str]:
    for kind in KINDS:
        ours = {file: spent for file, spent in seconds.items() if kind_of(file) == kind}
        if ours:
            slowest = max(ours, key=lambda file: ours[file])
            yield (
                f"  {kind}: {sum(ours.values()):.0f} s in tests,"
                f" {ours[slowest]:.0f} s of them in {slowest}"
            )


def kind_of(file: str) -> str:
    return next(kind for kind, folders in KINDS.items() if file.startswith(folders))

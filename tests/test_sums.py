"""What `python -m tests` says of the time that went by."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import sums

REPORT = """<testsuites><testsuite>
<testcase classname="tests.faults.test_order" name="one" time="2.5" />
<testcase classname="tests.faults.test_order" name="two" time="1.5" />
<testcase classname="tests.end_to_end.test_engine" name="three" time="3" />
<testcase classname="tests.jobs.test_retry" name="four" time="0.25" />
</testsuite></testsuites>"""


def test_each_kind_has_its_sum_and_its_slowest_file(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    report.write_text(REPORT)
    assert list(sums.lines(sums.read(report))) == [
        "  engine and faults: 7 s in tests, 4 s of them in tests.faults.test_order",
        "  unit and database: 0 s in tests, 0 s of them in tests.jobs.test_retry",
    ]


def test_without_a_report_there_is_nothing_to_say(tmp_path: Path) -> None:
    assert list(sums.lines(sums.read(tmp_path / "none.xml"))) == []


@pytest.mark.parametrize(
    ("file", "kind"),
    [
        ("tests.browser.test_visit", "browser"),
        ("tests.channels_app.downloads.test_tabs", "downloads"),
        ("tests.channels_app.test_admin", "unit and database"),
        ("tests.metadata.test_worker", "downloads"),
        ("tests.metadata.store.test_upsert", "unit and database"),
    ],
)
def test_a_file_is_of_its_folders_kind(file: str, kind: str) -> None:
    assert sums.kind_of(file) == kind

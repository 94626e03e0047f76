"""A process of its own looks at the disk: the supervisor goes on, whatever becomes of it."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from django.conf import settings as django_settings
from django.db import OperationalError, connection
from pytest_django.fixtures import Settings

from jobs.models import DiskLook, Node
from jobs.processes import reaper
from jobs.supervisor import disk_watcher
from jobs.supervisor.disk_watcher import DiskWatcher
from tests.looking import our_node
from tests.processes import lives, until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]

HERE = "tests.jobs.supervisor.test_disk_watcher"


def known() -> dict[str, str]:
    return {"file": os.fspath(django_settings.MEDIA_ROOT)}


def free(*, file: str) -> DiskLook:
    return DiskLook(7)


def read(*, file: str) -> DiskLook:
    """From a pipe without a writer it never comes back, as from a mount that hangs."""
    return DiskLook(int(Path(file).read_text()))


def break_down(*, file: str) -> DiskLook:
    raise KeyError("of_tomorrow")


@pytest.fixture
def watcher(settings: Settings, tmp_path: Path) -> Iterator[DiskWatcher]:
    settings.DISK_KNOWN, settings.DISK_LOOK = f"{HERE}.known", f"{HERE}.free"
    settings.MEDIA_ROOT = tmp_path / "pipe"
    os.mkfifo(settings.MEDIA_ROOT)
    our_node()
    watcher = DiskWatcher()
    yield watcher
    if watcher.pid:
        end(watcher.pid)


def end(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, ChildProcessError):
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def let_answer(watcher: DiskWatcher) -> Node:
    until(watcher.step, what="an answer")
    return Node.objects.get()


def test_the_answer_stands_in_the_nodes_row(watcher: DiskWatcher) -> None:
    row = let_answer(watcher)
    assert (row.disk_free, row.disk_said, row.disk_detail) == (7, "", "")
    assert row.disk_looked_at is not None


def test_while_a_look_hangs_no_other_is_begun_and_its_answer_counts_once_it_comes(
    watcher: DiskWatcher, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk_watcher, "PATIENCE_S", 0)
    settings.DISK_LOOK = f"{HERE}.read"
    steps = [watcher.step() for _ in range(10)]
    pid = watcher.pid
    assert (steps, Node.objects.get().disk_looked_at) == ([False] * 10, None)
    settings.MEDIA_ROOT.write_text("5")
    assert let_answer(watcher).disk_free == 5
    assert watcher.pid == pid


def test_a_stop_does_not_wait_for_a_first_look_that_hangs(
    watcher: DiskWatcher, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk_watcher, "PATIENCE_S", 0)
    settings.DISK_LOOK = f"{HERE}.read"
    assert not watcher.first_step(lambda: False)


def test_a_watcher_that_is_killed_is_replaced(watcher: DiskWatcher) -> None:
    let_answer(watcher)
    killed = watcher.pid
    os.kill(killed, signal.SIGKILL)
    until(lambda: not lives(killed), what="its end")
    let_answer(watcher)
    assert watcher.pid != killed
    assert lives(watcher.pid)


def test_one_that_is_killed_in_the_middle_of_a_look_is_replaced(
    watcher: DiskWatcher, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk_watcher, "PATIENCE_S", 0)
    settings.DISK_LOOK = f"{HERE}.read"
    assert not watcher.step()
    os.kill(watcher.pid, signal.SIGKILL)
    settings.DISK_LOOK = f"{HERE}.free"
    assert let_answer(watcher).disk_free == 7


def test_a_look_that_breaks_is_an_answer_and_its_process_stays(
    watcher: DiskWatcher, settings: Settings
) -> None:
    settings.DISK_LOOK = f"{HERE}.break_down"
    row = let_answer(watcher)
    assert row.disk_said == "The media folder cannot be looked at."
    assert "of_tomorrow" in row.disk_detail
    assert lives(watcher.pid)


def test_a_stop_of_the_whole_tree_is_the_supervisors_to_hear(watcher: DiskWatcher) -> None:
    let_answer(watcher)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2):
        os.kill(watcher.pid, number)
    let_answer(watcher)
    assert lives(watcher.pid)


def test_the_reaper_takes_it_for_no_orphan(watcher: DiskWatcher) -> None:
    let_answer(watcher)
    assert watcher.pid not in reaper.clear(ours=[])
    assert lives(watcher.pid)


def test_it_ends_with_its_supervisor_however_that_ends(
    watcher: DiskWatcher, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here a supervisor is forked, and killed while its look hangs."""
    monkeypatch.setattr(disk_watcher, "PATIENCE_S", 0)
    settings.DISK_LOOK = f"{HERE}.read"
    connection.close()
    supervisor = os.fork()
    if supervisor == 0:
        try:
            watcher.step()
            time.sleep(60)
        finally:
            os._exit(1)
    [look] = until(lambda: looks_of(supervisor), what="the look")
    end(supervisor)
    until(lambda: not lives(look), what="the end of the look")


def looks_of(supervisor: int) -> list[int]:
    below = psutil.Process(supervisor).children()
    return [each.pid for each in below if each.name() == "vm-disk"]


def test_a_database_that_is_away_costs_no_answer(
    watcher: DiskWatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What could not be noted is looked at again at once."""
    with monkeypatch.context() as away:
        away.setattr(disk_watcher, "this_node", refuse)
        with pytest.raises(OperationalError):
            until(watcher.step, what="an answer")
    assert let_answer(watcher).disk_free == 7


def refuse() -> None:
    raise OperationalError("gone")

"""The holds of the disk go by its last look, and by how long ago that was."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings as django_settings
from django.utils import timezone
from pytest_django.fixtures import Settings

from jobs.lanes import holds, watches
from jobs.models import Lane, Node
from tests.looking import look_and_hold, our_node

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]

FLOOR = 1000
ROOMY = int(FLOOR * 1.1)
BARELY = int(FLOOR * 1.01)


def ago(leases: float) -> timedelta:
    return timedelta(seconds=leases * django_settings.LOOK_OVERDUE_S)


@pytest.mark.parametrize(
    ("free", "is_held", "is_well"),
    [
        (None, False, True),
        (ROOMY, False, True),
        (BARELY, False, True),
        (BARELY, True, False),
        (ROOMY, True, True),
        (FLOOR - 1, False, False),
        (FLOOR - 1, True, False),
    ],
)
def test_the_disk_is_well_above_its_floor_and_after_a_hold_a_little_more_above(
    free: int | None, is_held: bool, is_well: bool, settings: Settings
) -> None:
    settings.MIN_FREE_DISK = FLOOR
    at = timezone.now()
    our_node(disk_looked_at=at, disk_free=free)
    assert (watches.disk(at - ago(1) if is_held else None) == "") == is_well


@pytest.mark.parametrize(
    ("looked_ago", "held_ago", "said"),
    [
        (0.5, None, ""),
        (0.5, 0.8, ""),
        (0.5, 0.2, "does not answer since"),
        (1.5, None, "does not answer since"),
        (1.5, 3.0, "does not answer since"),
        (None, None, "has not answered yet"),
        (None, 0.5, "has not answered yet"),
    ],
)
def test_the_media_root_is_there_while_its_last_look_is_in_time_and_younger_than_the_hold(
    looked_ago: float | None, held_ago: float | None, said: str
) -> None:
    at = timezone.now()
    our_node(disk_looked_at=None if looked_ago is None else at - ago(looked_ago))
    trouble = watches.media_root(None if held_ago is None else at - ago(held_ago))
    assert said in trouble
    assert bool(trouble) == bool(said)


def test_a_look_from_before_a_hold_does_not_end_it() -> None:
    """A job has met a full disk since."""
    at = timezone.now()
    our_node(disk_looked_at=at - ago(0.5), disk_free=10**15)
    assert watches.disk(at) != ""


def test_what_the_look_found_is_why_the_lanes_are_held() -> None:
    our_node(disk_looked_at=timezone.now(), disk_detail="/library is another disk.")
    holds.look()
    assert Lane.objects.get(name="download").hold_reason == "/library is another disk."


def test_a_disk_that_hangs_holds_the_lanes_that_write_until_it_answers() -> None:
    at = timezone.now() - ago(2)
    our_node(disk_looked_at=at)
    holds.look()
    lane = Lane.objects.get(name="download")
    assert lane.hold_cause == "media_root"
    assert lane.hold_reason.endswith(f"since {at:%Y-%m-%d %H:%M:%S} UTC.")
    look_and_hold()
    assert not holds.held("media_root").exists()


def test_a_full_disk_that_hangs_as_well_stays_held() -> None:
    at = timezone.now()
    our_node(disk_looked_at=at - ago(3), disk_free=10**15)
    holds.lanes_of("disk").update(hold_cause="disk", hold_since=at - ago(2))
    holds.look()
    assert Lane.objects.get(name="download").hold_cause == "disk"


def test_a_supervisor_whose_row_is_forgotten_knows_nothing_of_the_disk() -> None:
    Node.objects.all().delete()
    assert watches.media_root(None) == "The library's disk has not answered yet."
    assert watches.disk(None) == ""

"""YouTube refuses everything for a while: one hold for all, one probe, no attempt spent."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from channels_app.models import Track
from channels_app.states import State
from jobs.lanes import holds
from jobs.models import Attempt, Job, Lane
from jobs.states import Outcome, Status
from tests.cluster import running
from tests.faults.conftest import Notes
from tests.faults.jobs import spent, submit, until_all_ended
from tests.faults.scale import scale
from tests.processes import until
from tests.youtube import Fault, LoopbackYouTube

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.both_databases,
    pytest.mark.end_to_end,
    pytest.mark.timeout(600),
    pytest.mark.promise(15),
]
LANES = {"download", "metadata", "sync"}
# To 429 yt-dlp itself tries four times, with pauses of seven seconds in all: bounded, a bot check.
REFUSAL, NAME = scale(
    bounded=(Fault.BOT, "a bot check"), long=(Fault.WATCH_AND_PLAYER_429, "429 to everything")
)


@pytest.fixture
def youtube() -> Iterator[LoopbackYouTube]:
    with LoopbackYouTube() as youtube:
        yield youtube


def test_a_source_that_refuses_everybody_costs_nobody_an_attempt(
    youtube: LoopbackYouTube, notes: Notes
) -> None:
    many, refused_s = scale(bounded=(4, 0.0), long=(50, 120.0))
    channel = youtube.catalogue.add_channel("Garden", videos=many)
    for video in channel.videos:
        youtube.fault(video, REFUSAL)
    # Times a tenth: the first cool-down is 0.4 s, in the long form 5.
    cool_down = scale(bounded="4", long="50")
    with running(**youtube.environment(), WORKERS="4", COOL_DOWN_S=cool_down) as cluster:
        for video in channel.videos:
            submit("single_video_download", video_id=video.video_id)
        until(hold_is_open, within_s=60, what="the hold")
        until(nobody_is_under_way, within_s=60, what="the end of what was under way")
        opened = Attempt.objects.count()
        assert_hold_is_visible()
        youtube.counters.reset()
        time.sleep(refused_s)
        until(lambda: Attempt.objects.count() >= opened + 2, within_s=60, what="two probes")
        found = until(lambda: between_probes(youtube, opened), what="a quiet moment")
        for video in channel.videos:
            youtube.heal(video)
        until_all_ended(within_s=scale(bounded=120, long=400))
        assert cluster.stop() == 0
    assert spent() == 0
    assert set(Attempt.objects.values_list("outcome", flat=True)) == {
        Outcome.HELD,
        Outcome.COMPLETED,
    }
    assert Job.objects.filter(status=Status.COMPLETED).count() == many
    assert Track.objects.filter(state=State.AVAILABLE).count() == many
    assert not Lane.objects.exclude(hold_cause="").exists()
    assert found
    asked, probed = found
    # Each probe asked for another video, and nobody else asked for any.
    assert sorted(asked) == sorted(probed)
    said = f"{len(probed)} probes for {len(asked)} videos, no attempt spent, {many} arrived"
    notes.say(f"{NAME}, {many} videos queued", 1, said)


def hold_is_open() -> bool:
    return set(holds.held(holds.YOUTUBE).values_list("name", flat=True)) >= LANES


def nobody_is_under_way() -> bool:
    return not Job.objects.running().exists()


def between_probes(youtube: LoopbackYouTube, opened: int) -> tuple[set[str], list[str]] | None:
    """The videos asked for since the hold began, and those of the probes, one entry each."""
    before, ours = Attempt.objects.count(), set(Job.objects.values_list("target", flat=True))
    asked = youtube.counters.videos_asked() & ours
    probed = Attempt.objects.order_by("pk").values_list("job__target", flat=True)[opened:]
    found = asked, list(probed)
    return found if nobody_is_under_way() and Attempt.objects.count() == before else None


def assert_hold_is_visible() -> None:
    for lane in Lane.objects.filter(name__in=LANES):
        assert lane.hold_cause == holds.YOUTUBE
        assert lane.hold_reason
        assert lane.hold_since is not None
        assert lane.next_probe_at is not None

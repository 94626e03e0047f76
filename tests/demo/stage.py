"""What the demo's YouTube shows: two channels, some videos that fail in typical ways."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.youtube import Fault, LoopbackYouTube
from tests.youtube.clips import Clips

# Slow enough to be watched while it arrives.
LATENCY_S = 0.15
BYTES_PER_SECOND = 400_000
HEAL_AFTER_S = 60
DURATIONS_S = (20.0, 30.0, 45.0)
TITLES = (
    "Sowing tomatoes indoors",
    "A raised bed from old boards",
    "Compost in eight weeks",
    "Rain barrels that do not leak",
    "Pruning apple trees",
    "Bees in a small garden",
    "Frost in May, and what survived",
    "A pond for frogs",
    "Saving your own seeds",
    "The last harvest of the year",
    "Questions from the allotment",
    "Sharpening every tool",
)
FAULTS = {
    "Behind the scenes": Fault.PRIVATE,
    "For members: the greenhouse": Fault.MEMBERS,
    "Removed: an old clip": Fault.REMOVED,
    "Not in your country": Fault.GEO,
    "A server that stumbles": Fault.PLAYER_500,
    "Premiere: the spring film": Fault.PREMIERE,
}
HEALED = "For members: the greenhouse"


@dataclass
class Stage:
    youtube: LoopbackYouTube
    channels: list[str] = field(default_factory=list)
    ill: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        return self.youtube.environment()

    def heal_later(self) -> None:
        time.sleep(HEAL_AFTER_S)
        self.youtube.heal(self.ill[HEALED])


@contextmanager
def open_stage() -> Iterator[Stage]:
    youtube = LoopbackYouTube()
    youtube.latency, youtube.bytes_per_second = LATENCY_S, BYTES_PER_SECOND
    for seconds in DURATIONS_S:
        # Before anybody waits for one.
        Clips().lasting(seconds)
    with youtube.start(0):
        stage = Stage(youtube)
        _garden(stage)
        _workshop(stage)
        yield stage


def _garden(stage: Stage) -> None:
    catalogue = stage.youtube.catalogue
    garden = catalogue.add_channel("QuietGarden", 0, 4, title="The Quiet Garden", duration=20.0)
    for number, title in enumerate((*TITLES, *FAULTS)):
        video = catalogue.add_video(
            garden,
            title=title,
            duration=DURATIONS_S[number % len(DURATIONS_S)],
            captions={"en": "manual"},
            description=f"{title}.\n\nEverything on this channel is made up for the demo.",
        )
        if title in FAULTS:
            stage.youtube.fault(video.video_id, FAULTS[title])
            stage.ill[title] = video.video_id
    stage.channels.append("https://www.youtube.com/@QuietGarden")


def _workshop(stage: Stage) -> None:
    stage.youtube.catalogue.add_channel(
        "Workshop", 6, 0, title="Workshop by the Lake", duration=20.0
    )
    stage.channels.append("https://www.youtube.com/@Workshop")

"""Everything that the answers are made from."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from .catalogue import Catalogue
from .clips import Clips
from .counters import Counters
from .faults import Fault, Stage, Trouble
from .in_force import Faults
from .refusals import REFUSALS, Refusal
from .settings import Settings
from .wire import Answer, silence, status_answer


@dataclass(slots=True)
class World:
    catalogue: Catalogue = field(default_factory=Catalogue)
    faults: Faults = field(default_factory=Faults)
    counters: Counters = field(default_factory=Counters)
    settings: Settings = field(default_factory=Settings)
    clips: Clips = field(default_factory=Clips)
    closing: threading.Event = field(default_factory=threading.Event)

    def version(self) -> tuple[int, int]:
        return self.catalogue.version, self.faults.version

    def refusal(self, video_id: str) -> Refusal | None:
        """A refusal that does not come from a fault of the video itself."""
        if self.settings.takes_for_bot(video_id):
            return REFUSALS[Fault.BOT]
        return REFUSALS[Fault.REMOVED] if self.catalogue.is_lost(video_id) else None

    def trouble(self, key: str, stage: Stage) -> Answer | None:
        """What is answered instead, if a fault strikes."""
        trouble = self.faults.strike(key, stage)
        return trouble_answer(trouble) if trouble else None


def trouble_answer(trouble: Trouble) -> Answer:
    if trouble.status != 200:
        return status_answer(trouble.status)
    if trouble.body is not None:
        return Answer(200, trouble.body)
    return silence(trouble.ending)

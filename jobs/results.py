"""What a worker function answers: closed values that the runner turns into the job's next state."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Completed:
    """Done. `message` is the sentence people read; `result` is JSON for scripts."""

    message: str = ""
    result: dict[str, Any] = field(default_factory=dict)
    asked: bool = True
    """False: nobody outside was asked, so it says nothing about a hold."""


@dataclass(frozen=True, slots=True)
class WaitForChildren:
    """The attempt is done, the job is not: it waits for the jobs it is linked to."""

    message: str = ""
    result: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Failed:
    """Classified once: `code` is a row of jobs.failures, `message` the outside's own words."""

    code: str
    message: str = ""
    traceback: str = ""
    # When the outside said when it will work (a premiere); only for codes that snooze.
    release_at: datetime | None = None
    # When it failed, if that is noticed only now: the pause before a retry counts from there.
    since: datetime | None = None
    exit_code: int | None = None
    signal: int | None = None


@dataclass(frozen=True, slots=True)
class TimedOut:
    message: str = ""


@dataclass(frozen=True, slots=True)
class Stuck:
    message: str = ""


@dataclass(frozen=True, slots=True)
class Cancelled:
    message: str = ""


@dataclass(frozen=True, slots=True)
class Released:
    """Given back unharmed: the node is stopping. Costs no attempt."""

    message: str = ""


Result = Completed | WaitForChildren | Failed | TimedOut | Stuck | Cancelled | Released


class Interrupted(Exception):
    """The attempt must end now; carries how. Raised by the wall and by `Work.check`."""

    def __init__(self, result: Result) -> None:
        super().__init__(type(result).__name__)
        self.result = result


class LeaseLost(Exception):
    """Another worker or the sweep has the job now: stop, and write nothing."""

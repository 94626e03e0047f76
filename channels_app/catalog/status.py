"""What a track's state is shown as, and why it is not here."""

from __future__ import annotations

from channels_app.models import Track
from channels_app.states import DOWNLOADING, NOT_HERE, QUEUED, State
from jobs.failures import failure
from jobs.states import Status


def shown_state(track: Track) -> str:
    status: str | None = getattr(track, "job_status", None)
    if status is None or track.state not in NOT_HERE:
        return track.state
    return DOWNLOADING if status == Status.RUNNING else QUEUED


def why(track: Track) -> str:
    """One sentence on why it is not here; "" for what is."""
    if track.state == State.AVAILABLE:
        return ""
    status: str | None = getattr(track, "job_status", None)
    code: str | None = getattr(track, "failure_code", None)
    if status == Status.RUNNING:
        return "It is being downloaded."
    if status == Status.RETRYING and code:
        return f"{failure(code).sentence} It is tried again."
    if status:
        return f"{failure(code).sentence} It waits." if code else "It is in the queue."
    if code and track.state in NOT_HERE:
        return failure(code).sentence
    return track.reason

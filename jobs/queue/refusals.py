"""Why a request about a job is not met: `code` is for scripts, the text for people."""

from __future__ import annotations

from jobs.forms import FieldError
from jobs.models import Job


class Refused(Exception):
    """A request that cannot be met. `code` is for scripts, the text for people."""

    code = "refused"


class InvalidJob(Refused):
    code = "invalid"

    def __init__(self, errors: list[FieldError]) -> None:
        super().__init__(
            "; ".join(": ".join(filter(None, (each["field"], each["message"]))) for each in errors)
        )
        self.errors = errors


class AlreadyActive(Refused):
    """The target has an active job of this kind, which is not what is asked for."""

    code = "already_active"
    why = "already does this with other parameters; wait for it, or cancel it first."

    def __init__(self, job: Job) -> None:
        super().__init__(f"Job {job.pk} {self.why}")
        self.job = job


class BeingCancelled(AlreadyActive):
    """It does just this, but not for long: who asks again means a new job."""

    why = "did this and is just being cancelled; ask again in a few seconds."


class NotPossible(Refused):
    """The job is in a state that this does not apply to."""

    code = "wrong_state"


class Removed(Refused):
    """Somebody removed the job after the caller had looked at it."""

    code = "not_found"

    def __init__(self, job: Job) -> None:
        super().__init__(f"There is no job {job.pk} any more; it has just been removed.")

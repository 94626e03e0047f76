"""Kinds of job that only tests use, as EXTRA_KINDS: they sleep, break, crash and hang on demand."""

from __future__ import annotations

import os
import signal
import time

from django import forms

from jobs.execution.attempt import Work
from jobs.forms import JobForm
from jobs.kinds import Kind
from jobs.results import Completed, Failed, Result


class TryForm(JobForm):
    """What a test job shall do."""

    name = forms.CharField(required=False)
    seconds = forms.FloatField(required=False)
    code = forms.CharField(required=False)
    ledger = forms.CharField(required=False)
    times = forms.IntegerField(required=False)

    @property
    def target(self) -> str:
        return str(self.cleaned_data.get("name") or "")


def note(work: Work, word: str) -> None:
    """One line in the append-only ledger: what a test counts starts and ends by."""
    if path := work.parameters.get("ledger"):
        line = f"{work.job_id} {word} {os.getpid()} {time.monotonic():.6f}\n"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.write(descriptor, line.encode())
        os.close(descriptor)


def sleep(work: Work) -> Result:
    note(work, "start")
    work.say("Sleeping.")
    until = time.monotonic() + float(work.parameters.get("seconds", 0))
    while time.monotonic() < until:
        time.sleep(0.02)
        work.check()
    note(work, "end")
    return Completed("Slept well.")


def effect(work: Work) -> Result:
    """Sleeps, then does what only the holder of the lease may do."""
    result = sleep(work)
    with work.fenced():
        note(work, "effect")
    return result


def fail(work: Work) -> Result:
    """Fails with a code, for ever or a number of times."""
    note(work, "start")
    time.sleep(float(work.parameters.get("seconds", 0)))
    times = work.parameters.get("times")
    if times is not None and work.claim.retry_count >= times:
        return Completed("Worked at last.")
    return Failed(str(work.parameters["code"]), "as it was told to")


def break_down(work: Work) -> Result:
    raise RuntimeError("a bug in a worker")


def poison(work: Work) -> Result:
    """Kills its own worker."""
    note(work, "start")
    os.kill(os.getpid(), signal.SIGKILL)
    return Completed()


def in_child(work: Work) -> Result:
    """Runs a child that starts a grandchild and sleeps."""
    end = work.run_child(
        "tests.children.sleep_with_relative",
        {"seconds": work.parameters.get("seconds", 0), "ledger": work.parameters.get("ledger", "")},
    )
    if end.result is None:
        return Failed("child_killed", end.crash or "no last words", signal=end.signal)
    return Completed("The child answered.", end.result)


def _kind(name: str, function: str, **fields: object) -> Kind:
    values = {"lane": "trial", "timeout_s": 120, "stuck_s": 120} | fields
    return Kind(
        name,
        name,
        form="tests.kinds.TryForm",
        worker=f"tests.kinds.{function}",
        **values,  # type: ignore[arg-type]
    )


KINDS = (
    _kind("trial_sleep", "sleep"),
    _kind("trial_short", "sleep", timeout_s=1),
    _kind("trial_fail", "fail"),
    _kind("trial_break", "break_down"),
    _kind("trial_poison", "poison"),
    _kind("trial_child", "in_child"),
    _kind("trial_narrow", "sleep", lane="narrow"),
    # These may lose their worker again and again.
    _kind("trial_tough", "effect", max_crashes=20, max_retries=20),
    _kind("trial_tough_narrow", "effect", lane="narrow", max_crashes=20, max_retries=20),
)

"""A job's life as Hypothesis plays it: every move is legal, and the row always makes sense."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.db.models import Count
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from hypothesis.stateful import run_state_machine_as_test as play

from jobs import queue
from jobs.execution import claim, takeover
from jobs.execution.claimed import Claim
from jobs.execution.settlement import settle
from jobs.failures import FAILURES
from jobs.lanes import limits
from jobs.models import Job, Lane
from jobs.processes import node
from jobs.queue import Options, families
from jobs.queue.refusals import BeingCancelled, NotPossible
from jobs.recovery import promotion, sweep
from jobs.results import (
    Cancelled,
    Completed,
    Failed,
    LeaseLost,
    Released,
    Result,
    Stuck,
    TimedOut,
    WaitForChildren,
)
from jobs.states import (
    ACTIVE,
    FINAL,
    MOVES,
    RETRYABLE_BY_HAND,
    SENTENCE,
    Status,
    WaitFor,
    may_move,
)
from tests.faults.scale import LONG, scale
from tests.looking import look_and_hold

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]

NOBODY = 2**22 - 1
ENDS: dict[str, Result] = {
    "completed": Completed("done"),
    "released": Released("the node stops"),
    "cancelled": Cancelled("stopped"),
    "timed out": TimedOut("too long"),
    "stuck": Stuck("no progress"),
    "children": WaitForChildren("listed"),
}
CODES = ("read_timeout", "video_private", "premiere", "bot_check", "internal_error", "disk_full")
names = st.sampled_from("abc")


class JobLife(RuleBasedStateMachine):
    """Three targets, and everything that engine, sweep and people may do to their jobs."""

    def __init__(self) -> None:
        super().__init__()
        self.claims: list[Claim] = []
        Job.objects.all().delete()
        Lane.objects.all().delete()
        limits.ensure()
        take_moves()

    # --- people ----------------------------------------------------------------------------------

    @rule(name=names, retries=st.integers(0, 2), later=st.booleans())
    def enqueue(self, name: str, retries: int, later: bool) -> None:
        run_at = timezone.now() + timedelta(hours=1) if later else None
        self.submit(name, Options(max_retries=retries, run_at=run_at))

    @rule(name=names, other=names, policy=st.sampled_from(["dead_letter", "cancelled"]))
    def enqueue_after_another(self, name: str, other: str, policy: str) -> None:
        needed = Job.objects.exclude(target=name).filter(target=other).first()
        if needed is not None:
            self.submit(name, Options(depends_on=(needed.pk,), on_needed_failure=policy))

    def submit(self, name: str, options: Options) -> None:
        with suppress(BeingCancelled):
            made = queue.submit("trial_sleep", {"name": name}, options=options)
            assert made.created or made.job.status in ACTIVE

    @rule(name=names)
    def cancel(self, name: str) -> None:
        job = Job.objects.active().filter(target=name).first()
        if job is not None:
            queue.cancel(job)

    @rule(name=names)
    def retry(self, name: str) -> None:
        job = Job.objects.filter(target=name, status__in=sorted(RETRYABLE_BY_HAND)).first()
        if job is not None:
            with suppress(NotPossible):
                queue.retry(job)

    # --- workers ---------------------------------------------------------------------------------

    @rule()
    def claim(self) -> None:
        claimed = claim.claim()
        if claimed is not None:
            self.claims.append(claimed)

    @precondition(lambda self: self.claims)
    @rule(end=st.sampled_from(sorted(ENDS)))
    def end(self, end: str) -> None:
        self.settle(ENDS[end])

    @precondition(lambda self: self.claims)
    @rule(code=st.sampled_from(CODES))
    def fail(self, code: str) -> None:
        assert code in FAILURES
        self.settle(Failed(code, "as the machine says"))

    def settle(self, result: Result) -> None:
        """The oldest claim, whose lease may be lost by now."""
        claimed = self.claims.pop(0)
        with suppress(LeaseLost):
            ending = settle(claimed, result)
            families.after_move(claimed.job_id, ending.status)

    # --- the supervisor, and time ----------------------------------------------------------------

    @rule(elsewhere=st.booleans(), overdue=st.booleans())
    def lose(self, elsewhere: bool, overdue: bool) -> None:
        """The worker of every running job dies, here or with its host."""
        host = "elsewhere" if elsewhere else node.host_name()
        silent = timezone.now() - timedelta(hours=1)
        columns = {"attempt_started_at": silent - timedelta(hours=1)} if overdue else {}
        Job.objects.running().update(
            host=host, pid=NOBODY, pid_started_at=1.0, heartbeat_at=silent, **columns
        )

    @rule()
    def sweep(self) -> None:
        sweep.sweep()

    @rule()
    def let_time_pass(self) -> None:
        past = timezone.now() - timedelta(seconds=1)
        Job.objects.filter(status=Status.RETRYING).update(next_retry_at=past)
        Job.objects.filter(status=Status.WAITING, wait_for=WaitFor.TIME).update(run_at=past)
        Lane.objects.exclude(next_probe_at=None).update(next_probe_at=past)
        promotion.promote()
        look_and_hold()

    @rule()
    def stop_the_node(self) -> None:
        for job in Job.objects.running():
            takeover.end_attempt(job, Released("The node was stopped."))

    # --- what always holds -----------------------------------------------------------------------

    @invariant()
    def every_move_is_legal(self) -> None:
        for old, new in take_moves():
            assert may_move(Status(old), Status(new)), f"{old} → {new}"

    @invariant()
    def a_target_has_one_active_job(self) -> None:
        twice = Job.objects.active().values("unique_key").annotate(n=Count("pk")).filter(n__gt=1)
        assert not twice.exists()

    @invariant()
    def every_lease_that_ended_has_one_row(self) -> None:
        for job in Job.objects.all():
            held = job.status in (Status.RUNNING, Status.ZOMBIE)
            leases = list(job.attempts.values_list("lease", flat=True))
            assert sorted(leases) == list(range(1, job.lease + 1 - held)), job.status

    @invariant()
    def who_is_held_has_a_heartbeat_and_nobody_else(self) -> None:
        for job in Job.objects.all():
            held = job.status in (Status.RUNNING, Status.ZOMBIE)
            assert held == (job.heartbeat_at is not None) == bool(job.worker_id), job.status

    @invariant()
    def what_is_final_has_an_end(self) -> None:
        for job in Job.objects.all():
            assert (job.status in FINAL) == (job.completed_at is not None), job.status
            assert (job.status == Status.DEAD_LETTER) <= bool(job.dead_letter_reason)
            assert (job.status == Status.WAITING) == bool(job.wait_for), job.status
            assert (job.status == Status.RETRYING) <= (job.next_retry_at is not None)


# --- the database itself writes down every move, whoever makes it --------------------------------

BEGIN = {
    "sqlite": (
        "CREATE TEMP TABLE moves (old text, new text)",
        "CREATE TEMP TRIGGER note_move AFTER UPDATE OF status ON main.jobs_job"
        " WHEN OLD.status <> NEW.status"
        " BEGIN INSERT INTO moves VALUES (OLD.status, NEW.status); END",
    ),
    "postgresql": (
        "CREATE TABLE moves (old text, new text)",
        "CREATE FUNCTION note_move() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN INSERT INTO moves VALUES (OLD.status, NEW.status); RETURN NULL; END $$",
        "CREATE TRIGGER note_move AFTER UPDATE OF status ON jobs_job FOR EACH ROW"
        " WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION note_move()",
    ),
}
END = {
    "sqlite": ("DROP TRIGGER note_move", "DROP TABLE moves"),
    "postgresql": (
        "DROP TRIGGER note_move ON jobs_job",
        "DROP FUNCTION note_move",
        "DROP TABLE moves",
    ),
}


@pytest.fixture
def noted_moves() -> Iterator[None]:
    execute(BEGIN[connection.vendor])
    yield
    execute(END[connection.vendor])


def execute(statements: Sequence[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def take_moves() -> list[tuple[str, str]]:
    """The moves since the last look."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT old, new FROM moves")
        found = [(str(old), str(new)) for old, new in cursor.fetchall()]
        cursor.execute("DELETE FROM moves")
    return found


def test_whatever_happens_to_a_job_its_moves_are_legal_and_its_row_makes_sense(
    noted_moves: None, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("CRITICAL")
    play(
        JobLife,
        settings=settings(
            max_examples=scale(bounded=30, long=600),
            stateful_step_count=30,
            deadline=None,
            database=None,
            derandomize=not LONG,
            suppress_health_check=list(HealthCheck),
        ),
    )


# --- the diagram ---------------------------------------------------------------------------------


def diagram() -> str:
    """The table of moves, as Mermaid draws it."""
    lines = ["stateDiagram-v2", f"    [*] --> {Status.PENDING}", f"    [*] --> {Status.WAITING}"]
    lines += [f"    {old} --> {new}" for old in Status for new in Status if new in MOVES[old]]
    return "\n".join([*lines, f"    {Status.COMPLETED} --> [*]"])


def table() -> str:
    rows = [f"| `{status}` | {SENTENCE[status]} |" for status in Status]
    return "\n".join(["| state | what it means |", "| --- | --- |", *rows])


def test_the_documents_diagram_and_sentences_are_the_codes_own() -> None:
    text = (Path(django_settings.BASE_DIR) / "docs" / "states.md").read_text()
    assert f"```mermaid\n{diagram()}\n```" in text
    assert table() in text

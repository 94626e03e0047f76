"""`manage.py jobs`: the queue from a terminal."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from jobs.lanes import holds, limits
from jobs.models import Job, Lane
from jobs.states import Status, WaitFor
from tests.jobs.conftest import beating

pytestmark = [pytest.mark.django_db]


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("jobs", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def document(*arguments: str) -> Any:
    """What --json prints: one document, nothing else."""
    return json.loads(run(*arguments, "--json"))


def test_add_makes_a_job_with_typed_parameters() -> None:
    made = document(
        "add",
        "trial_sleep",
        "--name",
        "one",
        "--seconds",
        "1.5",
        "--times",
        "3",
        "--priority",
        "10",
    )
    job = Job.objects.get(pk=made["id"])
    assert job.parameters == {"name": "one", "seconds": 1.5, "times": 3}
    assert (job.priority, job.requested_by) == (10, "command line")


def test_add_says_in_one_line_what_it_did() -> None:
    assert run("add", "noop", "--name", "hello").startswith("Job ")
    assert run("add", "trial_sleep", "--name", "one").count("\n") == 1
    assert "already" in run("add", "trial_sleep", "--name", "one")
    assert Job.objects.count() == 2


@pytest.mark.parametrize("option", ["--video-url", "--video_url"])
def test_both_spellings_of_a_parameter_work(option: str) -> None:
    url = "https://youtu.be/dQw4w9WgXcQ"
    made = document("add", "single_video_download", option, url)
    assert made["job_type"] == "single_video_download"


BAD = [
    ("add", "make_coffee"),
    ("add", "noop", "--exec", "rm"),
    ("add", "noop", "stray"),
    ("add", "trial_sleep", "--times", "three"),
    ("add", "trial_sleep", "--seconds", "soon"),
    ("add", "noop", "--priority", "7"),
    ("add", "noop", "--priority", "high"),
    ("add", "noop", "--run-at", "tomorrow"),
    ("add", "noop", "--max-retries", "99"),
    ("add", "noop", "--timeout-seconds", "0"),
    ("add", "single_video_download", "--video-url", ""),
    ("add", "single_video_download", "--video-url=--config-locations=/x"),
    ("add", "single_video_download", "--video-url", "https://www.youtube.com@127.0.0.1/"),
    ("add", "single_video_download", "--video-url", "file:///etc/passwd"),
    ("add", "single_video_download", "--video-url", "ytsearch:x"),
    ("add", "single_video_download", "--video-url", "https://vimeo.com/76979871"),
    ("add", "channel_download", "--channel-url", "https://vimeo.com/76979871"),
    ("add", "single_video_download", "--force", "perhaps"),
    ("list", "--status", "done"),
    ("list", "--type", "coffee"),
    ("list", "--limit", "0"),
    ("show", "4711"),
    ("cancel", "4711"),
    ("retry", "4711"),
    ("logs", "4711"),
    ("logs", "1", "--stream", "/etc/passwd"),
    ("show", "one"),
    ("dance",),
    (),
]


@pytest.mark.parametrize("arguments", BAD, ids=[" ".join(each) or "nothing" for each in BAD])
def test_what_is_asked_wrongly_is_a_sentence_with_2_and_no_row(arguments: tuple[str, ...]) -> None:
    with pytest.raises(CommandError) as refused:
        run(*arguments)
    assert refused.value.returncode in {1, 2}
    assert str(refused.value)
    assert not Job.objects.exists()


def test_list_shows_the_newest_first_and_filters() -> None:
    run("add", "noop")
    run("add", "trial_sleep", "--name", "one")
    Job.objects.filter(job_type="noop").update(status=Status.COMPLETED)
    lines = run("list").splitlines()
    assert lines[0].split("\t")[:3] == ["id", "job_type", "status"]
    assert [line.split("\t")[1] for line in lines[1:]] == ["trial_sleep", "noop"]
    assert len(document("list", "--status", "completed")["items"]) == 1
    assert len(document("list", "--type", "trial_sleep", "--limit", "1")["items"]) == 1


def test_a_title_cannot_play_with_the_terminal() -> None:
    run("add", "noop", "--name", "\x1b[31mred\x07")
    assert "\x1b" not in run("list")
    assert "\x07" not in run("list")


def test_show_cancel_retry_and_logs_work_on_one_job() -> None:
    made = document("add", "noop", "--name", "hello")
    number = str(made["id"])
    assert "hello" in run("show", number)
    assert document("cancel", number)["status"] == "cancelled"
    assert "pending" in run("retry", number)
    job = Job.objects.get()
    job.log_folder.mkdir(parents=True)
    (job.log_folder / "job.log").write_text("line one\n")
    assert run("logs", number) == "line one\n"
    assert document("logs", number)["text"] == "line one\n"


def test_what_the_queue_cannot_do_now_is_a_sentence_with_1() -> None:
    number = str(document("add", "noop")["id"])
    with pytest.raises(CommandError, match="can be retried") as refused:
        run("retry", number)
    assert refused.value.returncode == 1


def test_status_counts_jobs_and_names_the_lanes() -> None:
    run("add", "noop")
    found = document("status")
    assert found["jobs"] == {"pending": 1}
    lanes = {lane["name"]: lane for lane in found["lanes"]}
    assert lanes["noop"]["pending"] == 1
    assert "download" in run("status")


def test_status_says_what_holds_a_lane_since_when_and_when_it_is_tried() -> None:
    opener = document("add", "trial_sleep", "--name", "one")["id"]
    holds.meet("youtube", job_id=opener, reason="Sign in to confirm you are not a bot")
    found = {lane["name"]: lane for lane in document("status")["lanes"]}
    held = found["download"]
    assert held["hold_cause"] == "youtube"
    assert held["hold_reason"] == "Sign in to confirm you are not a bot"
    assert held["hold_since"] < held["next_probe_at"]
    assert held["probe_job_id"] is None
    assert (found["noop"]["hold_cause"], found["noop"]["next_probe_at"]) == ("", None)
    lines = {line.split("\t")[0]: line for line in run("status").splitlines()}
    said = f"youtube since {held['hold_since']}: Sign in to confirm you are not a bot"
    assert lines["download"].endswith(f"{said} (next try {held['next_probe_at']})")
    Lane.objects.filter(name="download").update(probe=opener)
    assert f"{said} (job {opener} tries now)" in run("status")


def test_show_says_why_a_job_does_not_run_and_what_happens_next() -> None:
    beating("here")
    number = str(document("add", "trial_sleep", "--name", "one")["id"])
    assert "next to start" in run("show", number) or "starts at once" in run("show", number)
    limits.pause(Lane.objects.get(name="trial"), by="anna", reason="the move")
    assert "The lane trial is paused by anna (the move)." in run("show", number)
    limits.resume(Lane.objects.get(name="trial"))
    holds.meet("youtube", job_id=int(number), reason="Sign in to confirm you are not a bot")
    shown = run("show", number)
    assert "Sign in to confirm you are not a bot" in shown
    assert "It starts after the hold has ended. The next try is" in shown
    Lane.objects.update(probe=int(number))
    assert "It is the one that tries whether the hold is over." in run("show", number)
    Lane.objects.update(hold_cause="disk")
    assert "by itself once there is room on the disk." in run("show", number)
    Job.objects.update(status=Status.WAITING, wait_for=WaitFor.JOBS)
    assert "It waits for other jobs." in run("show", number)

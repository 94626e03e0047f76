"""`manage.py extract_channel_metadata`: what it writes, says and answers."""

from __future__ import annotations

import io
import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from django.core.management import CommandError, call_command

from metadata.models import YouTubeVideoMetadata
from tests.cluster import environment
from tests.processes import until
from tests.youtube import Fault, LoopbackYouTube

pytestmark = pytest.mark.django_db
GARDEN = "https://www.youtube.com/@Garden"
MANAGE = Path(__file__).resolve().parents[2] / "manage.py"


def extract(*arguments: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("extract_channel_metadata", *arguments, stdout=out, stderr=err)
    except SystemExit as end:
        return int(str(end.code)), out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


def without_seconds(text: str) -> str:
    return re.sub(r"[\d.]+ s", "N s", text)


def test_a_channel_is_stored_and_summed_up(youtube: LoopbackYouTube) -> None:
    code, out, err = extract(GARDEN)
    assert code == 0
    assert without_seconds(out) == (
        f"{GARDEN}: 117 videos: 117 inserted, 0 updated, 0 unchanged, 0 errors (100 %) in N s.\n"
    )
    assert without_seconds(err) == "87 videos, 0 errors, N s\n117 videos, 0 errors, N s\n"
    assert YouTubeVideoMetadata.objects.count() == 117


def test_a_dry_run_shows_a_sample_and_writes_nothing(youtube: LoopbackYouTube) -> None:
    code, out, _ = extract(GARDEN, "--dry-run", "--max-entries", "7")
    garden = youtube.catalogue.channel("@Garden")
    assert garden
    sample = [f"  {video.video_id}  {video.title}" for video in garden.videos[:5]]
    assert code == 0
    assert without_seconds(out).splitlines() == [
        f"{GARDEN}: 7 videos: 7 inserted, 0 updated, 0 unchanged, 0 errors (100 %) in N s.",
        *sample,
        "A dry run: nothing was written.",
    ]
    assert not YouTubeVideoMetadata.objects.exists()


def test_json_is_one_document_and_nothing_else(youtube: LoopbackYouTube) -> None:
    code, out, _ = extract(GARDEN, "https://www.youtube.com/@Pond", "--json")
    said = json.loads(out)
    assert (code, said["total"], said["inserted"], said["dry_run"]) == (0, 120, 120, False)
    assert [each["total"] for each in said["sources"]] == [117, 3]
    assert said["sources"][0] | {"seconds": 0} == {
        "url": GARDEN,
        "kind": "channel",
        "id": "@Garden",
        "title": "Garden",
        "total": 117,
        "inserted": 117,
        "updated": 0,
        "unchanged": 0,
        "errors": 0,
        "success_rate": 100.0,
        "seconds": 0,
        "failure": None,
        "entry_errors": [],
        "sample": [],
    }


def test_full_visits_each_video_and_exits_3_where_some_failed(youtube: LoopbackYouTube) -> None:
    channel = youtube.catalogue.add_channel("Spotted", videos=3)
    lost = channel.videos[0].video_id
    youtube.fault(lost, Fault.PRIVATE)
    code, out, err = extract("@Spotted", "--full")
    assert code == 3
    assert "3 videos: 2 inserted, 0 updated, 0 unchanged, 1 errors (66.7 %)" in out
    assert err.startswith(f"{lost}: Private video. Sign in if you've been granted access")
    assert err.endswith("(video_private)\n")
    assert YouTubeVideoMetadata.objects.filter(full_at__isnull=False).count() == 2


def test_one_url_of_two_that_fails_exits_3(youtube: LoopbackYouTube) -> None:
    code, out, err = extract("@Pond", f"PL{'0' * 32}")
    assert code == 3
    assert "All: 4 videos: 3 inserted, 0 updated, 0 unchanged, 1 errors (75 %)" in out
    assert err.endswith("(playlist_not_found)\n")


def test_nothing_but_failure_exits_1(youtube: LoopbackYouTube) -> None:
    code, out, err = extract(f"PL{'1' * 32}", "--json")
    said = json.loads(out)
    assert (code, said["errors"], said["success_rate"]) == (1, 1, 0.0)
    assert said["sources"][0]["failure"]["code"] == "playlist_not_found"
    assert err.startswith(f"https://www.youtube.com/playlist?list=PL{'1' * 32}: ")


def test_a_time_limit_without_a_new_entry(youtube: LoopbackYouTube) -> None:
    channel = youtube.catalogue.add_channel("Stalled", videos=130)
    youtube.fault_listing(channel, Fault.LISTING_HANG, page=1)
    code, _, err = extract("@Stalled", "--timeout", "3")
    assert code == 3
    assert "https://www.youtube.com/@Stalled: No new entry for 3 s. (read_timeout)\n" in err
    assert YouTubeVideoMetadata.objects.count() == 100


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("", "The address is empty"),
        ("https://vimeo.com/1", "This is not an http or https address of YouTube"),
        ("https://www.youtube.com@127.0.0.1/", "This is not an http or https address of YouTube"),
        ("file:///etc/passwd", "This is not an http or https address of YouTube"),
        ("ytsearch:x", "This is not an http or https address of YouTube"),
        ("https://www.youtube.com/" + "x" * 10_000, "The address is longer than 2048 characters"),
    ],
)
def test_bad_input_is_one_sentence_and_2(given: str, sentence: str) -> None:
    with pytest.raises(CommandError) as refused:
        call_command("extract_channel_metadata", "@Garden", given)
    assert refused.value.returncode == 2
    assert str(refused.value).startswith(f"{sentence}; give the address of a YouTube channel,")
    assert "\n" not in str(refused.value)
    assert not YouTubeVideoMetadata.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [["--max-entries", "0"], ["--max-entries", "x"], ["--timeout", "nan"], ["--timeout", "0"]],
)
def test_a_wrong_option_is_refused(wrong: str) -> None:
    with pytest.raises(CommandError, match="is accepted"):
        call_command("extract_channel_metadata", "@Garden", wrong)


@pytest.mark.django_db(transaction=True)
def test_an_interrupt_leaves_no_process(youtube: LoopbackYouTube) -> None:
    channel = youtube.catalogue.add_channel("Endless", videos=130)
    youtube.fault_listing(channel, Fault.LISTING_HANG, page=1)
    command = subprocess.Popen(
        [sys.executable, str(MANAGE), "extract_channel_metadata", "@Endless"],
        env=environment({}),
        stderr=subprocess.PIPE,
        text=True,
    )
    assert command.stderr
    assert [command.stderr.readline().split()[0] for _ in range(2)] == ["80", "100"]
    children = psutil.Process(command.pid).children(recursive=True)
    command.send_signal(signal.SIGINT)
    rest = command.communicate(timeout=20)[1]
    assert command.returncode == 130
    assert rest.endswith("Stopped after 100 videos; these are stored.\n")
    assert children
    until(lambda: not any(child.is_running() for child in children), within_s=0.1, what="their end")
    assert YouTubeVideoMetadata.objects.count() == 100

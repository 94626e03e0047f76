"""An error of the disk, met by a child or by the worker itself, as a failure with a code."""

from __future__ import annotations

import errno
import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from channels_app.storage.errors import of_child, of_disk
from jobs.failures import FAILURES
from jobs.models import Job, Lane
from jobs.processes.child_process import ChildEnd
from jobs.recovery import promotion
from jobs.states import Outcome, Status
from metadata.youtube.errors.classify import YtdlpError
from tests.channels_app.conftest import Submit
from tests.looking import look_and_hold
from tests.working import run_next
from tests.youtube import LoopbackYouTube


def error(number: int, *paths: Path) -> OSError:
    """As the system gives it: with no name, one, or the two ends of a move."""
    source, target = [*map(str, paths), None, None][:2]
    return OSError(number, os.strerror(number), source, None, target)


IN_THE_LIBRARY = [
    (errno.EACCES, "media_root_read_only"),
    (errno.EPERM, "media_root_read_only"),
    (errno.EROFS, "media_root_read_only"),
    (errno.ENOENT, "media_root_missing"),
    (errno.ENOTDIR, "media_root_missing"),
    (errno.ENOTCONN, "media_root_missing"),
    (errno.ENODEV, "media_root_missing"),
    (errno.EIO, "media_root_missing"),
    (errno.ESTALE, "media_root_missing"),
    (errno.ENOSPC, "disk_full"),
    (errno.EDQUOT, "disk_full"),
]


@pytest.mark.parametrize(("number", "code"), IN_THE_LIBRARY)
def test_a_place_in_the_library_that_takes_no_file_holds_the_work_that_writes(
    number: int, code: str
) -> None:
    failed = of_disk(error(number, Path(settings.MEDIA_ROOT, "library", "Garden")))

    assert failed.code == code
    assert FAILURES[code].hold in {"media_root", "disk"}
    assert "Garden" in failed.message


def test_either_end_of_a_move_tells_that_it_was_in_the_library() -> None:
    moved = error(errno.EACCES, Path("/elsewhere"), Path(settings.MEDIA_ROOT, "library"))

    assert of_disk(moved).code == "media_root_read_only"


@pytest.mark.parametrize("number", [errno.EIO, errno.ENOTCONN])
def test_writing_and_syncing_name_no_place_and_hold_as_well(number: int) -> None:
    assert of_disk(error(number)).code == "media_root_missing"


@pytest.mark.parametrize("number", [errno.EACCES, errno.ENOENT])
def test_a_program_or_a_log_that_cannot_be_opened_says_nothing_of_the_library(number: int) -> None:
    assert of_disk(error(number, Path("/usr/bin/python3"))).code == "unknown"


def test_a_folder_whose_name_begins_like_the_librarys_is_not_in_it() -> None:
    root = Path(settings.MEDIA_ROOT)

    assert of_disk(error(errno.EACCES, root.with_name(f"{root.name}-old"))).code == "unknown"


def told(number: int | None, path: str, message: str = "no table knows this") -> ChildEnd:
    """As a child tells what it met."""
    error: YtdlpError = {
        "exception": "DownloadError",
        "inner": [],
        "message": message,
        "warnings": [],
        "http_status": None,
        "errno": number,
        "path": path,
        "stage": "media",
    }
    return ChildEnd(error={**error}, exit_code=0)


INSIDE = str(Path(settings.MEDIA_ROOT, ".videomind", "staging", "1-1", "files"))


@pytest.mark.parametrize(("number", "code"), IN_THE_LIBRARY)
def test_what_a_child_met_in_the_library_tells_the_same(number: int, code: str) -> None:
    failed = of_child(told(number, INSIDE))

    assert (failed.code, failed.exit_code) == (code, 0)


@pytest.mark.parametrize(
    ("end", "code"),
    [
        (told(errno.EACCES, "/elsewhere/cookies.txt"), "unknown"),
        (told(errno.EACCES, ""), "unknown"),
        (told(None, INSIDE), "unknown"),
        (told(errno.EIO, INSIDE, "ERROR: [youtube] dQw4w9WgXcQ: Private video"), "video_private"),
        (ChildEnd(error={"code": "short_media", "message": "10 s of 60 s"}), "short_media"),
        (ChildEnd(crash="Traceback …\nOSError: [Errno 5]", exit_code=1), "internal_error"),
        (ChildEnd(signal=9), "child_killed"),
    ],
)
def test_where_the_number_says_nothing_of_the_library_the_child_is_believed(
    end: ChildEnd, code: str
) -> None:
    assert of_child(end).code == code


@pytest.mark.django_db(transaction=True)
def test_a_group_folder_that_takes_nothing_holds_all_twice_and_then_ends_its_own_job_alone(
    youtube: LoopbackYouTube, submit: Submit, tmp_path: Path
) -> None:
    """The look finds the media root well each time and lets all go on: so it must end by itself."""
    Path(settings.MEDIA_ROOT, "elsewhere").symlink_to(tmp_path)
    video = youtube.catalogue.add_channel("Garden", videos=1).videos[0]
    job = submit("single_video_download", video_id=video.video_id, target_group="elsewhere")

    while run_next():
        look_and_hold()
        assert not Lane.objects.exclude(hold_cause="").exists()
        Job.objects.update(next_retry_at=timezone.now() - timedelta(seconds=1))
        promotion.promote()

    job.refresh_from_db()
    assert (job.status, job.failure_code) == (Status.DEAD_LETTER, "media_root_missing")
    told = [attempt.outcome for attempt in job.attempts.order_by("lease")]
    assert told == [Outcome.HELD] * 2 + [Outcome.FAILED] * 4
    assert "a link stands where a folder should be" in job.error_message
    assert list(tmp_path.iterdir()) == []
    assert youtube.counters.videos_asked() == set()

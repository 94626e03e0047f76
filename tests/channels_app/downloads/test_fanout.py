"""Which jobs a listing waits for."""

from __future__ import annotations

import pytest

from channels_app.downloads.fanout import Rule, Started, start_downloads
from jobs import queue
from jobs.execution import claim
from jobs.execution.attempt import Work
from jobs.execution.claimed import Claim
from jobs.execution.settlement import settle
from jobs.models import Job, Link
from jobs.results import Cancelled, Failed, Interrupted
from tests.channels_app import stock
from tests.channels_app.conftest import Submit

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def take() -> Claim:
    claimed = claim.claim()
    assert claimed is not None
    return claimed


def test_a_listing_waits_for_no_download_that_is_just_being_cancelled(submit: Submit) -> None:
    """It would end as cancelled, and so the listing as failed: it comes back a little later."""
    tracks = [stock.track("here", state="wanted"), stock.track("dying", state="wanted")]
    dying = submit("single_video_download", video_id=tracks[1].youtube_id)
    its_claim = take()
    queue.cancel(dying)
    parent = submit("noop")
    work = Work.of(take())

    with pytest.raises(Interrupted) as interrupted, work.fenced():
        start_downloads(work, tracks, Rule(), started=Started())
    failed = interrupted.value.result
    assert isinstance(failed, Failed)
    assert (failed.code, failed.message) == (
        "video_busy",
        f"Just being cancelled: {tracks[1].youtube_id}.",
    )
    assert not Link.objects.exists()

    settle(its_claim, Cancelled())
    with work.fenced():
        start_downloads(work, tracks, Rule(), started=Started())
    assert Job.objects.filter(waiters__waiter=parent).exclude(pk=dying.pk).active().count() == 2

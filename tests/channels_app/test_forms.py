"""What may be asked, and what is refused without leaving a row."""

from __future__ import annotations

from typing import Any

import pytest

from channels_app.catalog.defaults import default_profile
from channels_app.forms import ChannelDownloadForm, PlaylistDownloadForm, VideoDownloadForm
from jobs import queue
from jobs.forms import JobForm, validate
from jobs.models import Job
from jobs.queue import refusals

pytestmark = pytest.mark.django_db

VIDEO = "dQw4w9WgXcQ"
PLAYLIST = "PL" + "a" * 32
CHANNEL = "UC" + "b" * 22

BAD_ADDRESSES = [
    "",
    " ",
    "--config-locations=/x",
    "-o/etc/cron.d/x",
    "https://www.youtube.com@127.0.0.1/",
    "https://www.youtube.com@127.0.0.1/watch?v=dQw4w9WgXcQ",
    "file:///etc/passwd",
    "ytsearch:x",
    "ytsearch10:dQw4w9WgXcQ",
    "https://vimeo.com/123456",
    "https://youtube.com.example.org/watch?v=dQw4w9WgXcQ",
    "https://www.youtube.com/watch?v=" + "a" * 10_000,
    "javascript:alert(1)",
    "https://www.youtube.com/watch?v=dQw4w9WgXcQ\n--exec=x",
    "\u202ehttps://youtu.be/dQw4w9WgXcQ",
    "some words",
]
BY_ADDRESS = [
    ("channel_download", "channel_url"),
    ("playlist_download", "playlist_url"),
    ("single_video_download", "video_url"),
]
WRONG = [
    # job type, parameters, field and code of the first error
    ("single_video_download", {}, "", "one_of"),
    ("single_video_download", {"video_url": 5}, "video_url", "wrong_type"),
    ("single_video_download", {"video_url": ["x"]}, "video_url", "wrong_type"),
    ("single_video_download", {"video_id": VIDEO, "force": 1}, "force", "wrong_type"),
    ("single_video_download", {"video_id": VIDEO, "exec": "rm"}, "exec", "unknown_field"),
    ("single_video_download", {"video_id": VIDEO, "video_url": VIDEO}, "", "one_of"),
    ("single_video_download", {"video_id": "../../etc/p"}, "video_id", "refused"),
    ("single_video_download", {"video_id": VIDEO + "x"}, "video_id", "max_length"),
    ("single_video_download", {"video_url": f"https://www.youtube.com/{'@abc'}"}, "video_url",
     "refused"),
    ("single_video_download", {"video_id": VIDEO, "profile": "nope"}, "profile",
     "unknown_profile"),
    ("single_video_download", {"video_id": VIDEO, "target_group": "../x"}, "target_group",
     "bad_name"),
    ("single_video_download", {"video_id": VIDEO, "target_group": ".hidden"}, "target_group",
     "bad_name"),
    ("single_video_download", {"video_id": VIDEO, "target_group": "x" * 61}, "target_group",
     "max_length"),
    ("channel_download", {"channel_id": CHANNEL, "max_downloads": 0}, "max_downloads",
     "min_value"),
    ("channel_download", {"channel_id": CHANNEL, "max_downloads": True}, "max_downloads",
     "wrong_type"),
    ("channel_download", {"channel_id": CHANNEL, "max_downloads": "5"}, "max_downloads",
     "wrong_type"),
    ("channel_download", {"channel_id": "c/.."}, "channel_id", "refused"),
    ("channel_download", {"channel_id": CHANNEL, "tabs": ["community"]}, "tabs",
     "invalid_choice"),
    ("channel_download", {"channel_id": CHANNEL, "format_selector": "b"}, "format_selector",
     "unknown_field"),
    ("playlist_download", {"playlist_id": "WL"}, "playlist_id", "refused"),
    ("playlist_download", {"playlist_id": PLAYLIST, "playlist_range": "5-1"}, "playlist_range",
     "bad_range"),
    ("playlist_download", {"playlist_id": PLAYLIST, "playlist_range": "1-2;rm"},
     "playlist_range", "bad_range"),
]  # fmt: skip


@pytest.mark.parametrize(("job_type", "field"), BY_ADDRESS)
@pytest.mark.parametrize("address", BAD_ADDRESSES)
def test_a_bad_address_is_refused_and_leaves_no_row(
    job_type: str, field: str, address: str
) -> None:
    with pytest.raises(refusals.InvalidJob) as refused:
        queue.submit(job_type, {field: address})

    assert refused.value.errors[0]["message"]
    assert not Job.objects.exists()


@pytest.mark.parametrize(("job_type", "parameters", "field", "code"), WRONG)
def test_wrong_parameters_are_refused_with_field_and_code(
    job_type: str, parameters: dict[str, Any], field: str, code: str
) -> None:
    with pytest.raises(refusals.InvalidJob) as refused:
        queue.submit(job_type, parameters)

    error = refused.value.errors[0]
    assert (error["field"], error["code"]) == (field, code)
    assert not Job.objects.exists()


def clean(form_class: type[JobForm], **parameters: Any) -> JobForm:
    form, errors = validate(form_class, parameters)
    assert form is not None, errors
    return form


def test_an_address_is_kept_as_its_id() -> None:
    form = clean(VideoDownloadForm, video_url=f"http://m.youtube.com/shorts/{VIDEO}?si=x")

    assert (form.parameters, form.target) == ({"video_id": VIDEO}, VIDEO)


def test_a_channel_is_the_same_however_it_is_written() -> None:
    written = [
        clean(ChannelDownloadForm, channel_url="https://www.youtube.com/@Garden"),
        clean(ChannelDownloadForm, channel_url="youtube.com/@garden".join(("https://", "/"))),
        clean(ChannelDownloadForm, channel_id="@GARDEN"),
        clean(ChannelDownloadForm, channel_id="@garden", download_archive=True),
    ]

    assert {form.target for form in written} == {"@garden"}
    assert [form.parameters for form in written] == [{"channel_id": "@garden"}] * 4


def test_a_channels_tab_is_kept() -> None:
    form = clean(ChannelDownloadForm, channel_url=f"https://youtube.com/channel/{CHANNEL}/shorts")

    assert form.parameters == {"channel_id": CHANNEL, "tabs": ["shorts"]}
    assert form.title == f"{CHANNEL} (shorts)"


def test_what_a_form_answers_it_accepts_again() -> None:
    default_profile()
    first = [
        clean(ChannelDownloadForm, channel_url="https://www.youtube.com/c/Some.Name"),
        clean(ChannelDownloadForm, channel_id="@garden", download_archive=False, group_name="A b"),
        clean(PlaylistDownloadForm, playlist_id=PLAYLIST, playlist_range=" 1 - 20, 25"),
        clean(VideoDownloadForm, video_id=VIDEO, profile="Best up to 1080p", force=True),
    ]

    again = [clean(type(form), **form.parameters) for form in first]
    assert [form.parameters for form in again] == [form.parameters for form in first]
    assert first[1].parameters["download_archive"] is False
    assert first[2].parameters["playlist_range"] == "1-20,25"
    assert first[3].parameters["profile"] == "best-1080p"


def test_free_format_expressions_are_for_administrators() -> None:
    names = VideoDownloadForm.for_administrators({"video_id": VIDEO, "format_selector": "bv*"})
    assert names == ["format_selector"]
    assert not VideoDownloadForm.for_administrators({"video_id": VIDEO, "format_selector": ""})
    assert not ChannelDownloadForm.for_administrators({"channel_id": CHANNEL})


def test_the_same_video_twice_is_one_job() -> None:
    first = queue.submit("single_video_download", {"video_url": f"https://youtu.be/{VIDEO}"})
    second = queue.submit("single_video_download", {"video_id": VIDEO, "force": False})

    assert (second.job.pk, second.created) == (first.job.pk, False)
    with pytest.raises(refusals.AlreadyActive):
        queue.submit("single_video_download", {"video_id": VIDEO, "force": True})

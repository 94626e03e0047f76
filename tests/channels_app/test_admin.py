"""The library in the admin: ordering downloads, adding by URL, what nobody changes by hand."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from channels_app.catalog.defaults import default_group, default_profile
from channels_app.models import Channel, ChannelGroup, LibraryEvent, Playlist, Track, TrackFile
from jobs import queue
from jobs.models import Job
from metadata.models import MetadataChange, PlaylistMembership, YouTubeVideoMetadata
from tests.people import person, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

LIBRARY = "/admin/channels_app/"


def channel(letter: str = "a") -> Channel:
    return Channel.objects.create(
        channel_id=f"UC{letter * 22}",
        title=f"channel {letter}",
        folder=letter,
        group=default_group(),
    )


def track(number: int, **fields: Any) -> Track:
    return Track.objects.create(youtube_id=f"video{number:06}", title=f"soup {number}", **fields)


def text(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.content.decode()))


# --- lists ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [f"{LIBRARY}{model}/" for model in (
        "channel", "playlist", "track", "trackfile", "libraryevent", "playlistentry",
        "channelgroup", "downloadprofile",
    )] + [f"/admin/metadata/{model}/" for model in (
        "youtubevideometadata", "metadatachange", "playlistmembership",
    )],
)  # fmt: skip
def test_a_list_costs_the_same_for_two_rows_and_for_ten(path: str) -> None:
    client = signed_in("ada")

    def fill(first: int, count: int) -> None:
        for n in range(first, first + count):
            row = track(n, channel=Channel.objects.first() or channel())
            TrackFile.objects.create(track=row, kind="video", relative_path=str(n), bytes=5)
            LibraryEvent.objects.create(event="added", youtube_id=row.youtube_id, track=row)
            known = YouTubeVideoMetadata.objects.create(youtube_id=row.youtube_id)
            MetadataChange.objects.create(video=known, field="title", old="a", new="b")
            PlaylistMembership.objects.create(video=known, playlist_id=f"PL{n}", index=n)
            listed = Playlist.objects.create(playlist_id=f"PL{n}", channel=row.channel)
            listed.entries.create(track=row, position=n)

    fill(0, 2)
    client.get(path)
    few = queries(client, path)
    fill(2, 8)
    assert queries(client, path) == few
    assert few <= 13


def queries(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as seen:
        assert client.get(path).status_code == 200
    return len(seen)


def test_channel_track_job_and_log_are_linked() -> None:
    row = track(1, channel=channel())
    job = queue.submit("single_video_download", {"video_id": row.youtube_id}).job
    ada = signed_in("ada")
    page = ada.get(f"{LIBRARY}track/{row.pk}/change/").content.decode()
    assert f"/admin/channels_app/channel/{row.channel_id}/change/" in page
    assert f"/admin/jobs/job/?job_type=single_video_download&amp;target={row.youtube_id}" in page
    back = ada.get(f"/admin/jobs/job/{job.pk}/change/").content.decode()
    address = f"{LIBRARY}track/?youtube_id={row.youtube_id}"
    assert address in back
    assert ada.get(address).context["cl"].result_count == 1


# --- orders ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "parameters"), [("sync", {}), ("download", {"download_archive": False})]
)
def test_a_channel_is_downloaded_under_ones_own_name(
    action: str, parameters: dict[str, Any]
) -> None:
    row = channel()
    olga = signed_in("olga")
    body = {"action": action, "_selected_action": [row.pk]}
    assert "1 will be queued" in text(olga.post(f"{LIBRARY}channel/", body))
    assert not Job.objects.exists()
    olga.post(f"{LIBRARY}channel/do/{action}/", {"ids": str(row.pk)})
    job = Job.objects.get()
    assert (job.job_type, job.requested_by) == ("channel_download", "olga")
    assert job.parameters == {"channel_id": row.channel_id} | parameters


def test_what_a_job_works_on_or_is_here_already_is_not_ordered_again() -> None:
    busy, here, wanted = track(1), track(2, state="available"), track(3)
    queue.submit("single_video_download", {"video_id": busy.youtube_id})
    olga = signed_in("olga")
    ids = [busy.pk, here.pk, wanted.pk]
    said = text(olga.post(f"{LIBRARY}track/", {"action": "download", "_selected_action": ids}))
    assert "1 will be queued" in said
    assert "1 · already here" in said
    assert "1 · a job works on it already" in said
    olga.post(f"{LIBRARY}track/do/download/", {"ids": f"{busy.pk},{wanted.pk}"})
    assert Job.objects.count() == 2
    said = text(olga.get(f"{LIBRARY}track/"))
    assert "1 queued." in said
    assert "1 not queued: changed meanwhile." in said


def test_a_playlist_is_downloaded() -> None:
    row = Playlist.objects.create(playlist_id="PL" + "x" * 32)
    signed_in("olga").post(f"{LIBRARY}playlist/do/download/", {"ids": str(row.pk)})
    assert Job.objects.get().job_type == "playlist_download"


@pytest.mark.parametrize("path", ["channel/do/sync/", "channel/do/download/", "track/do/download/"])
def test_a_forged_order_is_refused(path: str) -> None:
    row = channel()
    assert signed_in("vera").post(f"{LIBRARY}{path}", {"ids": str(row.pk)}).status_code == 302
    guest = person("guest")
    guest.is_staff = True
    guest.save()
    assert signed_in("guest").post(f"{LIBRARY}{path}", {"ids": str(row.pk)}).status_code == 403
    olga = signed_in("olga", csrf=True)
    assert olga.post(f"{LIBRARY}{path}", {"ids": str(row.pk)}).status_code == 403
    assert not Job.objects.exists()


# --- adding by URL --------------------------------------------------------------------------------

ADD_CHANNEL, ADD_VIDEO = f"{LIBRARY}channel/add-by-url/", f"{LIBRARY}track/add-by-url/"
ADDRESS = "https://youtu.be/dQw4w9WgXcQ?si=x"


def test_a_channel_is_added_by_its_address() -> None:
    profile = default_profile()
    olga = signed_in("olga")
    assert b"Add by URL" in olga.get(f"{LIBRARY}channel/").content
    fields = {
        "channel_url": "https://www.youtube.com/@Kitchen/shorts", "group_name": "Food",
        "profile": profile.slug, "max_downloads": "5",
    }  # fmt: skip
    answer = olga.post(ADD_CHANNEL, fields)
    job = Job.objects.get()
    assert answer["Location"] == f"/admin/jobs/job/{job.pk}/change/"
    assert job.requested_by == "olga"
    assert job.parameters == {
        "channel_id": "@kitchen", "tabs": ["shorts"], "group_name": "Food",
        "profile": profile.slug, "max_downloads": 5,
    }  # fmt: skip


def test_the_same_address_again_leads_to_the_job_that_does_it() -> None:
    olga = signed_in("olga")
    first = olga.post(ADD_VIDEO, {"video_url": ADDRESS})["Location"]
    assert olga.post(ADD_VIDEO, {"video_url": ADDRESS})["Location"] == first
    assert "does this already" in text(olga.get(first))
    refused = olga.post(ADD_VIDEO, {"video_url": ADDRESS, "extract_audio": "on"})
    assert refused.status_code == 200
    assert "already does this with other parameters" in text(refused)
    assert Job.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("channel_url", "", "This field is required"),
        ("channel_url", "https://example.org/@x", "YouTube"),
        ("channel_url", "file:///etc/passwd", "YouTube"),
        ("channel_url", "https://youtu.be/dQw4w9WgXcQ", "channel"),
        ("max_downloads", "many", "Enter a whole number"),
        ("group_name", "../../etc", "A group&#x27;s name"),
        ("profile", "none-such", "There is no download profile"),
        ("tabs", "secrets", "Select a valid choice"),
    ],
)
def test_an_error_stands_at_its_field(field: str, value: str, said: str) -> None:
    fields = {"channel_url": "https://www.youtube.com/@kitchen"} | {field: value}
    page = signed_in("olga").post(ADD_CHANNEL, fields)
    assert page.status_code == 200
    row = page.content.decode().partition(f"field-{field}")[2].partition("</ul>")[0]
    assert said in row
    assert not Job.objects.exists()


def test_only_administrators_give_a_format_expression() -> None:
    fields = {"video_url": ADDRESS, "format_selector": "bestaudio"}
    olga, ada = signed_in("olga"), signed_in("ada")
    assert b"format_selector" not in olga.get(ADD_VIDEO).content
    olga.post(ADD_VIDEO, fields)
    assert Job.objects.get().parameters == {"video_id": "dQw4w9WgXcQ"}
    Job.objects.all().delete()
    assert b"format_selector" in ada.get(ADD_VIDEO).content
    ada.post(ADD_VIDEO, fields)
    assert Job.objects.get().parameters["format_selector"] == "bestaudio"


@pytest.mark.parametrize("path", [ADD_CHANNEL, ADD_VIDEO, f"{LIBRARY}playlist/add-by-url/"])
def test_adding_is_refused_in_the_handler(path: str) -> None:
    guest = person("guest")
    guest.is_staff = True
    guest.save()
    client = signed_in("guest")
    assert client.get(path).status_code == 403
    assert client.post(path, {"video_url": ADDRESS}).status_code == 403
    assert signed_in("vera").post(path, {"video_url": ADDRESS}).status_code == 302
    assert not Job.objects.exists()


# --- by hand --------------------------------------------------------------------------------------


def test_a_group_is_made_with_a_folder_of_its_own() -> None:
    ada = signed_in("ada")
    ada.post(f"{LIBRARY}channelgroup/add/", {"name": "Köchinnen & Köche", "position": "1"})
    made = ChannelGroup.objects.get(name="Köchinnen & Köche")
    assert made.folder
    assert made.slug
    assert "/" not in made.folder
    answer = ada.post(f"{LIBRARY}channelgroup/add/", {"name": "../etc", "position": "1"})
    assert "A group&#x27;s name has at most" in answer.content.decode()
    renamed = {"name": "Food", "position": "2"}
    ada.post(f"{LIBRARY}channelgroup/{made.pk}/change/", renamed)
    after = ChannelGroup.objects.get(pk=made.pk)
    assert (after.name, after.folder) == ("Food", made.folder)


def test_two_groups_of_one_name_are_refused() -> None:
    ada = signed_in("ada")
    for _ in range(2):
        answer = ada.post(f"{LIBRARY}channelgroup/add/", {"name": "Food", "position": "1"})
    assert answer.status_code == 200
    assert ChannelGroup.objects.filter(name__iexact="food").count() == 1


def test_a_channel_with_files_and_a_track_cannot_be_deleted() -> None:
    row = track(1, channel=channel(), state="available")
    empty = channel("b")
    ada = signed_in("ada")
    assert ada.post(f"{LIBRARY}track/{row.pk}/delete/", {"post": "yes"}).status_code == 403
    path = f"{LIBRARY}channel/{{}}/delete/"
    assert ada.post(path.format(row.channel_id), {"post": "yes"}).status_code == 403
    assert ada.post(path.format(empty.pk), {"post": "yes"}).status_code == 302
    assert list(Channel.objects.all()) == [row.channel]


def test_an_operator_looks_and_does_not_edit() -> None:
    row = track(1, channel=channel())
    olga = signed_in("olga")
    for path in (f"channel/{row.channel_id}", f"track/{row.pk}"):
        assert olga.get(f"{LIBRARY}{path}/change/").status_code == 200
        assert olga.post(f"{LIBRARY}{path}/change/", {"protected": "on"}).status_code == 403


def test_a_profiles_expression_is_for_administrators() -> None:
    from django.contrib.auth.models import Permission

    profile = default_profile()
    sam = person("sam")
    sam.is_staff = True
    sam.save()
    sam.user_permissions.set(Permission.objects.filter(codename__endswith="downloadprofile"))
    fields = {
        "name": profile.name, "slug": profile.slug, "container": "mp4", "audio_format": "m4a",
        "languages": '["en"]', "format_selector": "bestaudio", "is_default": "on",
    }  # fmt: skip
    path = f"{LIBRARY}downloadprofile/{profile.pk}/change/"
    for name, expected in (("sam", ""), ("ada", "bestaudio")):
        assert signed_in(name).post(path, fields).status_code == 302
        profile.refresh_from_db()
        assert profile.format_selector == expected

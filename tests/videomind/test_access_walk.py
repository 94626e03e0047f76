"""Everybody walks every address with safe methods, the admin's among them, and gets what is due."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import pytest
from axes.models import AccessAttempt
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from channels_app.models import (
    Channel,
    ChannelGroup,
    DownloadProfile,
    LibraryEvent,
    MediaVolume,
    Playlist,
    PlaylistEntry,
    Track,
    TrackFile,
)
from jobs.models import Attempt, Job, Link, Node
from metadata.models import MetadataChange, PlaylistMembership, YouTubeVideoMetadata
from tests.people import signed_in
from tests.videomind.calling import Script
from tests.videomind.test_access import ANYBODY, BY_SCOPE, CONSOLE, LIBRARY
from videomind.accounts import tokens
from videomind.models import IdempotencyKey, SetupLink
from videomind.scopes import Scope

pytestmark = pytest.mark.django_db

OPERATOR, ADMINISTRATOR = "olga", "ada"
VISITORS: Final = ("nobody", "vera", OPERATOR, ADMINISTRATOR)
# Who sees a model's pages, and whether an administrator may add or delete one.
MODELS: Final[dict[str, tuple[str, bool, bool]]] = {
    "jobs/job": (OPERATOR, False, False),
    "jobs/attempt": (OPERATOR, False, False),
    "jobs/link": (OPERATOR, False, False),
    "jobs/lane": (OPERATOR, False, False),
    "jobs/node": (OPERATOR, False, False),
    "channels_app/channelgroup": (OPERATOR, True, True),
    "channels_app/channel": (OPERATOR, False, True),
    "channels_app/playlist": (OPERATOR, False, True),
    "channels_app/playlistentry": (OPERATOR, False, False),
    "channels_app/track": (OPERATOR, False, False),
    "channels_app/trackfile": (OPERATOR, False, False),
    "channels_app/downloadprofile": (OPERATOR, True, True),
    "channels_app/libraryevent": (OPERATOR, False, False),
    "channels_app/mediavolume": (OPERATOR, False, False),
    "metadata/youtubevideometadata": (OPERATOR, False, False),
    "metadata/playlistmembership": (OPERATOR, False, False),
    "metadata/metadatachange": (OPERATOR, False, False),
    "videomind/apitoken": (ADMINISTRATOR, False, False),
    "videomind/setuplink": (ADMINISTRATOR, False, False),
    "videomind/idempotencykey": (ADMINISTRATOR, False, False),
    "auth/user": (ADMINISTRATOR, True, True),
    "auth/group": (ADMINISTRATOR, True, True),
    "axes/accessattempt": (ADMINISTRATOR, False, False),
    "admin/logentry": (ADMINISTRATOR, False, False),
}
PAGES: Final = ("", "add/", "{}/history/", "{}/delete/", "{}/change/", "{}/")
# Pages beyond Django's own: what GET answers to the operator and to the administrator.
FURTHER: Final[dict[str, tuple[int, int]]] = {
    "/admin/": (200, 200),
    "/admin/logout/": (405, 405),
    "/admin/password_change/": (200, 200),
    "/admin/password_change/done/": (200, 200),
    "/admin/autocomplete/": (403, 403),
    "/admin/jsi18n/": (200, 200),
    "/admin/r/<path:content_type_id>/<path:object_id>/": (404, 404),
    "/admin/(?P<url>.*)$": (404, 404),
    "/admin/auth/user/<id>/password/": (403, 200),
    "/admin/videomind/apitoken/do/<slug:name>/": (403, 403),
    "/admin/jobs/job/do/<slug:name>/": (403, 403),
    "/admin/channels_app/channel/do/<slug:name>/": (403, 403),
    "/admin/channels_app/playlist/do/<slug:name>/": (403, 403),
    "/admin/channels_app/track/do/<slug:name>/": (403, 403),
    "/admin/channels_app/channel/add-by-url/": (200, 200),
    "/admin/channels_app/playlist/add-by-url/": (200, 200),
    "/admin/channels_app/track/add-by-url/": (200, 200),
    "/admin/jobs/job/<int:job_id>/log/<int:attempt>/<slug:stream>/": (404, 404),
}
LOGIN: Final = "/admin/login/"
APPS: Final = re.compile(r"^/admin/\^\(\?P<app_label>([a-z_|]+)\)/\$$")


def addresses() -> Iterator[str]:
    for each in get_resolver().url_patterns:
        yield from _below(each, "/")


def _below(each: URLPattern | URLResolver, start: str) -> Iterator[str]:
    text = str(each.pattern)
    if isinstance(each, URLResolver):
        for inner in each.url_patterns:
            yield from _below(inner, start + text)
    else:
        yield text if text.startswith("^api") else start + text


def model_pages(model: str, key: str = "<path:object_id>") -> list[str]:
    return [f"/admin/{model}/{page}".format(key) for page in PAGES]


def test_every_address_is_on_a_list_the_admins_too() -> None:
    found = set(addresses())
    apps_page = {path for path in found if APPS.match(path)}
    listed = {page for model in MODELS for page in model_pages(model)}
    assert len(apps_page) == 1
    assert found - apps_page == (
        ANYBODY | LIBRARY | CONSOLE | BY_SCOPE.keys() | listed | FURTHER.keys() | {LOGIN}
    )


def test_every_model_of_ours_is_in_the_admin() -> None:
    ours = {"videomind", "jobs", "metadata", "channels_app"}
    models = {m._meta.label_lower for m in apps.get_models() if m._meta.app_label in ours}
    assert {label.replace(".", "/") for label in models} <= MODELS.keys()
    assert {m._meta.label_lower.replace(".", "/") for m in admin.site._registry} == MODELS.keys()


# --- the walk -------------------------------------------------------------------------------------


def visitor(name: str) -> Client:
    return Client(raise_request_exception=False) if name == "nobody" else signed_in(name)


@pytest.fixture
def keys() -> dict[str, Any]:
    """One row of each model, by its label."""
    at = timezone.now()
    job, needed = (Job.objects.create(job_type="noop", lane="noop") for _ in range(2))
    group = ChannelGroup.objects.create(name="Food", slug="food", folder="food")
    channel = Channel.objects.create(channel_id="UC1", folder="one", group=group)
    empty = ChannelGroup.objects.create(name="Empty", slug="empty", folder="empty")
    track = Track.objects.create(youtube_id="video000001", channel=channel)
    playlist = Playlist.objects.create(playlist_id="PL1")
    video = YouTubeVideoMetadata.objects.create(youtube_id="video000001")
    user = User.objects.create_user("somebody")
    log = {"user": user, "content_type": ContentType.objects.get_for_model(User)}
    rows = [
        job, channel, empty, track, playlist, video, user,
        Attempt.objects.create(job=job, number=1, lease=1, outcome="failed", started_at=at,
                               ended_at=at),
        Link.objects.create(waiter=job, needed=needed),
        Node.objects.create(name="n", pid=1, workers=1, started_at=at, heartbeat_at=at),
        PlaylistEntry.objects.create(playlist=playlist, track=track, position=1),
        TrackFile.objects.create(track=track, kind="video", relative_path="a", bytes=1),
        DownloadProfile.objects.create(name="Small", slug="small"),
        LibraryEvent.objects.create(event="added"),
        MediaVolume.objects.create(marker="abc"),
        PlaylistMembership.objects.create(video=video, playlist_id="PL1"),
        MetadataChange.objects.create(video=video, field="title"),
        tokens.make("script", scope=Scope.READ)[0],
        SetupLink.objects.create(hash="x"),
        IdempotencyKey.objects.create(owner="a", key="b"),
        Group.objects.create(name="Guests"),
        AccessAttempt.objects.create(failures_since_start=1),
        LogEntry.objects.create(**log, object_id=str(user.pk), action_flag=CHANGE),
    ]  # fmt: skip
    found = {row._meta.label_lower.replace(".", "/"): row.pk for row in rows}
    return found | {"jobs/lane": "noop"}


def due(model: str, page: str, name: str) -> int:
    """What the admin answers to somebody on one page of one model."""
    sees, adds, deletes = MODELS[model]
    if name in ("nobody", "vera"):
        return 302
    if page == "{}/":
        return 302
    if name == OPERATOR and sees == ADMINISTRATOR:
        return 403
    if page in ("add/", "{}/delete/"):
        allowed = name == ADMINISTRATOR and (adds if page == "add/" else deletes)
        return 200 if allowed else 403
    return 200


@pytest.mark.parametrize("name", VISITORS)
def test_the_admins_pages_answer_everybody_as_the_list_says(
    name: str, keys: dict[str, Any]
) -> None:
    client = visitor(name)
    found, expected = {}, {}
    for model in MODELS:
        for page in PAGES:
            path = f"/admin/{model}/{page}".format(keys[model])
            answer = client.get(path)
            found[path], expected[path] = answer.status_code, due(model, page, name)
            if name in ("nobody", "vera"):
                assert answer["Location"].startswith(LOGIN), path
    assert found == expected


@pytest.mark.parametrize("name", VISITORS)
def test_the_admins_further_pages_do_too(name: str) -> None:
    client = visitor(name)
    for path, (operator, administrator) in FURTHER.items():
        there = re.sub(r"<[^>]*>|\(\?P.*$", "1", path)
        if there.endswith("/password/"):
            there = f"/admin/auth/user/{User.objects.create_user('other').pk}/password/"
        seen = {OPERATOR: operator, ADMINISTRATOR: administrator}.get(name, 302)
        assert client.get(there).status_code == seen, there
    assert client.get(LOGIN).status_code == (200 if name in ("nobody", "vera") else 302)


@pytest.mark.parametrize("name", VISITORS)
def test_an_apps_page_shows_to_whom_its_models_are_shown(name: str) -> None:
    client = visitor(name)
    for app in {model.partition("/")[0] for model in MODELS}:
        sees = {seer for model, (seer, _, _) in MODELS.items() if model.startswith(f"{app}/")}
        wanted = 200 if name == ADMINISTRATOR or name in sees else 404
        assert client.get(f"/admin/{app}/").status_code == (
            302 if name in ("nobody", "vera") else wanted
        ), app


@pytest.mark.parametrize("name", VISITORS)
def test_the_console_is_for_operators(name: str) -> None:
    client = visitor(name)
    job = Job.objects.create(job_type="noop", lane="noop")
    for path in CONSOLE:
        there = path.replace("<int:job_id>", str(job.pk)).replace("<str:lane>", "noop")
        seen = client.get(there).status_code
        if name == "nobody":
            assert seen == 302, there
        elif name == "vera":
            assert seen == 403, there
        else:
            assert seen in (200, 204, 286, 405), there


@pytest.mark.parametrize("name", VISITORS)
def test_the_api_answers_sessions_by_their_role(name: str) -> None:
    client = visitor(name)
    for path, methods in BY_SCOPE.items():
        if "GET" not in methods:
            continue
        seen = client.get(path.replace("<int:job_id>", "1")).status_code
        allowed = {"nobody": {401}, "vera": {403}}.get(name, {200, 404})
        assert seen in allowed, path


@pytest.mark.parametrize("name", VISITORS)
def test_a_public_library_is_for_everybody(name: str) -> None:
    client = visitor(name)
    for path in LIBRARY:
        assert client.get(re.sub("<[^>]*>", "1" * 11, path)).status_code in (200, 404), path


@pytest.mark.parametrize("scope", list(Scope))
def test_a_token_opens_the_api_and_no_page(scope: Scope) -> None:
    script = Script(scope)
    headers = {"Authorization": f"Bearer {script.secret}"}
    for path, methods in BY_SCOPE.items():
        if "GET" in methods:
            seen = script.get(path.replace("<int:job_id>", "1")).status_code
            assert seen in ({200, 404} if scope.includes(Scope(methods["GET"])) else {403}), path
    for model in MODELS:
        answer = Client().get(f"/admin/{model}/", headers=headers)
        assert (answer.status_code, answer["Location"][:13]) == (302, LOGIN)
    for path in CONSOLE:
        there = path.replace("<int:job_id>", "1").replace("<str:lane>", "noop")
        assert Client().get(there, headers=headers).status_code == 302

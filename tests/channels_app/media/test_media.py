"""The library's files over HTTP: types, ranges, conditions, and nothing beside the library."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from channels_app.media import client_timeout, limiter, responses, views
from channels_app.media.content_types import TYPES, UNKNOWN, is_shown, type_of
from channels_app.media.files import open_published
from channels_app.models import TrackFile
from channels_app.states import FileKind
from jobs.processes import node
from tests.channels_app import stock
from tests.jobs.conftest import beating
from tests.looking import our_node

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

pytestmark = pytest.mark.django_db

DATA = bytes(range(256)) * 4200


@dataclass
class Answer:
    """A response that was read to its end, which closes it."""

    response: Response
    body: bytes = b""

    def __post_init__(self) -> None:
        streaming = self.response.streaming
        self.body = self.response.getvalue() if streaming else self.response.content

    @property
    def status(self) -> int:
        return self.response.status_code

    def __getitem__(self, name: str) -> str:
        return self.response[name]


def get(row: TrackFile, query: str = "", **headers: str) -> Answer:
    return Answer(hold(row, query, **headers))


def hold(row: TrackFile, query: str = "", **headers: str) -> Response:
    """As a client that does not read on."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Client().get(f"/media/file/{row.pk}/{query}", headers=named)


@pytest.fixture
def video() -> TrackFile:
    return stock.file(stock.track(), data=DATA)


# --- whole files and ranges -----------------------------------------------------------------------


def test_a_file_says_what_it_is(video: TrackFile) -> None:
    answer = get(video)
    assert (answer.status, answer.body) == (200, DATA)
    assert answer["Content-Type"] == "video/mp4"
    assert answer["Content-Length"] == str(len(DATA))
    assert answer["Content-Disposition"] == 'inline; filename="video.mp4"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Accept-Ranges"] == "bytes"


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=1000-1999", 1000, 1999),
        ("bytes=-100", len(DATA) - 100, len(DATA) - 1),
        (f"bytes=5-{len(DATA) * 2}", 5, len(DATA) - 1),
        ("bytes=1000000-", 1_000_000, len(DATA) - 1),
    ],
)
def test_one_range_is_answered_exactly(video: TrackFile, asked: str, first: int, last: int) -> None:
    answer = get(video, Range=asked)
    assert answer.status == 206
    assert answer["Content-Range"] == f"bytes {first}-{last}/{len(DATA)}"
    assert answer["Content-Length"] == str(last - first + 1)
    assert answer.body == DATA[first : last + 1]


@pytest.mark.parametrize("asked", ["bytes=0-1,5-9", "bytes=9-5", "bytes=x", "seconds=0-1"])
def test_several_reversed_and_unreadable_ranges_get_the_whole_file(
    video: TrackFile, asked: str
) -> None:
    answer = get(video, Range=asked)
    assert (answer.status, len(answer.body)) == (200, len(DATA))
    assert "Content-Range" not in answer.response


@pytest.mark.parametrize("asked", [f"bytes={len(DATA)}-", "bytes=99999999-999999999", "bytes=-0"])
def test_a_range_past_the_end_is_416_with_the_size(video: TrackFile, asked: str) -> None:
    answer = get(video, Range=asked)
    assert (answer.status, answer.body) == (416, b"")
    assert answer["Content-Range"] == f"bytes */{len(DATA)}"


def test_the_player_gets_an_open_range_a_piece_at_a_time(video: TrackFile) -> None:
    answer = get(video, Range="bytes=100-")
    assert answer["Content-Range"] == f"bytes 100-{100 + responses.PLAYER_PIECE - 1}/{len(DATA)}"
    assert len(answer.body) == responses.PLAYER_PIECE


def test_a_player_that_reads_on_has_the_file_in_the_end(video: TrackFile) -> None:
    read = b""
    while len(read) < len(DATA):
        read += get(video, Range=f"bytes={len(read)}-").body
    assert read == DATA


def test_a_piece_is_not_kept_by_the_browser_which_would_close_the_range(video: TrackFile) -> None:
    assert get(video, Range="bytes=0-")["Cache-Control"] == "no-store"
    picture = stock.file(stock.track(), "picture.jpg", kind="thumbnail")
    assert get(picture)["Cache-Control"] == "private, max-age=3600"


def test_a_download_gets_all_of_its_range(video: TrackFile) -> None:
    answer = get(video, "?download", Range="bytes=100-")
    assert len(answer.body) == len(DATA) - 100
    whole = get(video, "?download")
    assert whole["Content-Disposition"] == 'attachment; filename="video.mp4"'
    assert whole.body == DATA


def test_head_says_what_get_would_and_knows_no_ranges(video: TrackFile) -> None:
    answer = Answer(Client().head(f"/media/file/{video.pk}/", headers={"Range": "bytes=0-9"}))
    assert (answer.status, answer.body) == (200, b"")
    assert answer["Content-Length"] == str(len(DATA))
    assert answer["ETag"] == get(video)["ETag"]


def test_an_empty_file_is_sent_as_nothing() -> None:
    empty = stock.file(stock.track(), data=b"")
    assert get(empty).body == b""
    assert get(empty, Range="bytes=0-").status == 416


# --- conditions -----------------------------------------------------------------------------------


def test_a_fresh_if_range_gets_the_range_and_a_stale_one_the_file(video: TrackFile) -> None:
    head = get(video)
    for validator in (head["ETag"], head["Last-Modified"]):
        assert get(video, Range="bytes=0-9", If_Range=validator).status == 206
    for stale in ('"other"', f"W/{head['ETag']}", "Sun, 01 Nov 2020 12:00:00 GMT", "nonsense"):
        answer = get(video, Range="bytes=0-9", If_Range=stale)
        assert (answer.status, len(answer.body)) == (200, len(DATA))


def test_what_the_browser_has_is_not_sent_again(video: TrackFile) -> None:
    head = get(video)
    for name, value in (
        ("If_None_Match", head["ETag"]),
        ("If_None_Match", f'"x", W/{head["ETag"]}'),
        ("If_None_Match", "*"),
        ("If_Modified_Since", head["Last-Modified"]),
    ):
        answer = get(video, **{name: value})
        assert (answer.status, answer.body) == (304, b"")
        assert answer["ETag"] == head["ETag"]
    assert get(video, If_None_Match='"other"').status == 200
    assert get(video, If_Match='"other"').status == 412


def test_a_changed_file_has_another_tag(video: TrackFile) -> None:
    before = get(video)["ETag"]
    path = Path(django_settings.MEDIA_ROOT) / video.relative_path
    os.utime(path, ns=(1, path.stat().st_mtime_ns + 1))
    assert get(video)["ETag"] != before
    assert not before.startswith("W/")


# --- types ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.html", "a.svg", "a.js", "a.xml", "a.xhtml", "a.exe", "a", ""])
def test_what_is_not_in_our_table_is_only_ever_saved(name: str) -> None:
    assert type_of(name) == UNKNOWN
    assert not is_shown(name)


def test_no_type_of_ours_is_run_by_a_browser() -> None:
    kinds = {value.partition(";")[0] for value in TYPES.values()}
    assert not {each for each in kinds if "html" in each or "script" in each or "svg" in each}


def test_a_page_among_the_files_is_saved_and_not_shown() -> None:
    answer = get(stock.file(stock.track(), "evil.html", data=b"<script>alert(1)</script>"))
    assert answer["Content-Type"] == UNKNOWN
    assert answer["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize("name", ['a"b\r\nX-Evil: 1.mp4', "雨の日 [id].mp4", "a;b.mp4", "é.mp4"])
def test_a_name_stays_in_its_header(name: str) -> None:
    answer = get(stock.file(stock.track(), name))
    assert answer.status == 200
    assert "\r" not in answer["Content-Disposition"]
    assert "X-Evil" not in answer.response


# --- nothing beside the library -------------------------------------------------------------------


def refused(relative_path: str) -> None:
    answer = get(stock.row(stock.track(), relative_path))
    assert answer.status == 404
    assert b"secret" not in answer.body


@pytest.fixture
def secret(settings: Settings) -> Path:
    """A file beside the media root, which no address may show."""
    path = Path(settings.MEDIA_ROOT).parent / "secret.mp4"
    path.write_bytes(b"secret")
    return path


@pytest.mark.parametrize(
    "path",
    [
        "../secret.mp4",
        "library/../../secret.mp4",
        "./../secret.mp4",
        "library/./x.mp4",
        "%2e%2e/secret.mp4",
        "..%2fsecret.mp4",
        "..\\secret.mp4",
        "//secret.mp4",
        "library//secret.mp4",
        "library/",
        "",
        "library",
        ".videomind/staging/secret.mp4",
        "a" * 256 + ".mp4",
        "/".join(["a" * 200] * 3),
    ],
)
def test_a_row_with_an_evil_path_shows_nothing(path: str, secret: Path) -> None:
    (Path(django_settings.MEDIA_ROOT) / "library").mkdir(exist_ok=True)
    refused(path)


def test_an_absolute_path_shows_nothing(secret: Path) -> None:
    refused(str(secret))


@pytest.mark.parametrize("path", ["a\0b", "\ud800.mp4", "../\0"])
def test_names_that_no_disk_has_are_refused(path: str, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="not a path"):
        open_published(tmp_path, path)


def test_links_are_not_followed(secret: Path) -> None:
    root = Path(django_settings.MEDIA_ROOT)
    (root / "link.mp4").symlink_to(secret)
    (root / "folder").symlink_to(secret.parent)
    (root / "inside.mp4").write_bytes(b"secret")
    (root / "again.mp4").symlink_to(root / "inside.mp4")
    for path in ("link.mp4", "folder/secret.mp4", "again.mp4"):
        refused(path)


def test_a_second_name_of_another_file_is_refused(secret: Path) -> None:
    os.link(secret, Path(django_settings.MEDIA_ROOT) / "hard.mp4")
    refused("hard.mp4")


def test_only_plain_files_are_opened() -> None:
    root = Path(django_settings.MEDIA_ROOT)
    os.mkfifo(root / "pipe.mp4")
    (root / "folder.mp4").mkdir()
    for path in ("pipe.mp4", "folder.mp4", "gone.mp4"):
        refused(path)


def open_descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def test_no_descriptor_is_left_open(video: TrackFile, secret: Path) -> None:
    evil = stock.row(stock.track(), "../secret.mp4")
    (Path(django_settings.MEDIA_ROOT) / "folder.mp4").mkdir()
    folder = stock.row(stock.track(), "folder.mp4")
    get(video)
    before = open_descriptors()
    for _ in range(5):
        for row in (evil, folder):
            get(row)
        for headers in ({}, {"Range": "bytes=0-"}, {"Range": "bytes=99999999-"}):
            get(video, **headers)
        get(video, If_None_Match="*")
        Client().head(f"/media/file/{video.pk}/")
    assert open_descriptors() == before


@pytest.mark.parametrize(
    "path",
    [
        "/media/file/../1/", "/media/file/%2e%2e/", "/media/file/1%00/", "/media/file/-1/",
        "/media/file/a/", "/media/file/1/../../x", "/media/file/" + "9" * 18 + "/",
        "/media/file/" + "9" * 5000 + "/", "/media/library/x/video.mp4", "/media/../secret.mp4",
    ],
)  # fmt: skip
def test_addresses_that_name_no_file_are_404(path: str) -> None:
    assert Client().get(path).status_code == 404


def test_the_info_file_is_for_staff() -> None:
    info = stock.file(stock.track(), "video.info.json", kind="info", data=b"{}")
    assert get(info).status == 404
    client = Client()
    client.force_login(User.objects.create_user("staff", password="x", is_staff=True))
    answer = Answer(client.get(f"/media/file/{info.pk}/"))
    assert (answer.status, answer["Content-Type"]) == (200, "application/json")
    assert answer["Content-Disposition"].startswith("attachment")


def test_our_own_corner_of_the_media_root_is_not_the_library() -> None:
    with pytest.raises(OSError, match="not a path"):
        open_published(Path(django_settings.MEDIA_ROOT), ".videomind/volume")


# --- how many at once -----------------------------------------------------------------------------


def test_beyond_ten_long_answers_the_next_is_asked_to_come_again(video: TrackFile) -> None:
    answers = [hold(video) for _ in range(limiter.LONG_ANSWERS)]
    assert {each.status_code for each in answers} == {200}
    busy = get(video)
    assert (busy.status, busy["Retry-After"]) == (503, "2")
    # A piece is short: players go on.
    piece = hold(video, Range="bytes=0-")
    assert piece.status_code == 206
    for each in (*answers, piece):
        each.getvalue()
    assert get(video).status == 200


def test_pages_always_have_threads_left(video: TrackFile) -> None:
    answers = [hold(video, Range="bytes=0-") for _ in range(limiter.ALL_ANSWERS)]
    assert get(video, Range="bytes=0-").status == 503
    for each in answers:
        each.getvalue()
    assert limiter._all.inside == limiter._long.inside == 0


@pytest.mark.parametrize("name", ["drop_when_stalled", "Body", "MediaResponse"])
def test_an_answer_that_fails_in_the_making_takes_nobodys_place(
    name: str, video: TrackFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise OSError(5, "the disk is tired")

    before = open_descriptors()
    with monkeypatch.context() as patch:
        patch.setattr(responses, name, fail)
        with pytest.raises(OSError, match="tired"):
            get(video)
    assert limiter._all.inside == limiter._long.inside == 0
    assert open_descriptors() == before


def test_who_takes_nothing_for_half_a_minute_is_dropped_without_a_traceback(
    video: TrackFile,
) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        Client(**{"gunicorn.socket": ours}).get(  # type: ignore[arg-type]
            f"/media/file/{video.pk}/"
        ).getvalue()
        assert ours.gettimeout() == client_timeout.STALLED_S
    record = logging.makeLogRecord({"exc_info": (TimeoutError, TimeoutError(), None)})
    other = logging.makeLogRecord({"exc_info": (ValueError, ValueError(), None)})
    log = logging.getLogger("gunicorn.error")
    assert (bool(log.filter(record)), bool(log.filter(other))) == (False, True)


def test_one_query_finds_a_file(
    video: TrackFile, django_assert_num_queries: Callable[..., Any]
) -> None:
    with django_assert_num_queries(1):
        get(video)


# --- a disk that hangs ----------------------------------------------------------------------------


def overdue() -> datetime:
    return timezone.now() - timedelta(seconds=django_settings.LOOK_OVERDUE_S + 1)


@pytest.mark.both_databases
@pytest.mark.parametrize("address", ["/media/file/{}/", "/media/subtitles/{}/"])
def test_while_the_disk_hangs_nothing_is_opened_and_the_answer_is_503_at_once(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = stock.file(stock.track(), "a.en.vtt", data=b"WEBVTT\n", kind=FileKind.SUBTITLE)
    our_node(disk_looked_at=overdue())
    monkeypatch.setattr(views, "open_published", None)
    answer = Answer(Client().get(address.format(row.pk)))
    assert (answer.status, answer.body) == (503, b"The library's disk does not answer now.\n")
    assert answer["Retry-After"] == "10"
    assert answer["Cache-Control"] == "no-store"


def test_a_supervisor_that_has_not_looked_yet_is_waited_for(video: TrackFile) -> None:
    our_node()
    assert get(video).status == 503


def test_a_file_that_does_not_exist_is_not_found_also_while_the_disk_hangs() -> None:
    our_node(disk_looked_at=overdue())
    assert Client().get("/media/file/4711/").status_code == 404


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("host", "silent_s"),
    [
        pytest.param("elsewhere", 0, id="another host's disk"),
        pytest.param("", 3600, id="a supervisor that was killed: nobody looks"),
    ],
)
def test_files_are_sent_where_nobody_looks_at_the_disk(
    video: TrackFile, host: str, silent_s: int
) -> None:
    our_node(
        host=host or node.host_name(),
        disk_looked_at=overdue(),
        heartbeat_at=timezone.now() - timedelta(seconds=silent_s),
    )
    assert get(video).status == 200


@pytest.mark.both_databases
def test_one_look_in_time_is_enough_where_a_killed_supervisor_left_its_row(
    video: TrackFile,
) -> None:
    beating(node.host_name())
    our_node(disk_looked_at=timezone.now())
    assert get(video).status == 200


# --- subtitles ------------------------------------------------------------------------------------

SRT = """1\r\n00:00:01,5 --> 00:00:02,250 X1:1\r\nHallo\r\n<b>Welt</b> --> da\r
\r\n2\r\n01:02 --> x\r\n"""


@pytest.mark.parametrize(
    ("name", "data", "shown"),
    [
        ("a.en.vtt", b"\xef\xbb\xbfWEBVTT\r\n\r\n00:01.000 --> 00:02.000\r\nHi\r\n",
         "WEBVTT\n\n00:01.000 --> 00:02.000\nHi\n"),
        ("a.de.srt", SRT.encode(),
         "WEBVTT\n\n00:00:01.500 --> 00:00:02.250\nHallo\n<b>Welt</b> → da\n"),
        ("a.fr.srt", b"", "WEBVTT\n\n\n"),
        ("a.xx.srt", b"\xff\xfe\x00\x00nonsense", "WEBVTT\n\n\n"),
    ],
)  # fmt: skip
def test_subtitles_are_shown_as_webvtt(name: str, data: bytes, shown: str) -> None:
    row = stock.file(stock.track(), name, data=data, kind="subtitle")
    answer = Client().get(f"/media/subtitles/{row.pk}/")
    assert answer["Content-Type"] == "text/vtt; charset=utf-8"
    assert answer.content.decode() == shown


def test_only_subtitles_are_shown_as_subtitles(video: TrackFile) -> None:
    other = stock.file(stock.track(), "a.en.ass", kind="subtitle")
    for row in (video, other):
        assert Client().get(f"/media/subtitles/{row.pk}/").status_code == 404


def test_subtitles_are_not_sent_again() -> None:
    row = stock.file(stock.track(), "a.en.vtt", data=b"WEBVTT\n", kind="subtitle")
    tag = Client().get(f"/media/subtitles/{row.pk}/")["ETag"]
    answer = Client().get(f"/media/subtitles/{row.pk}/", headers={"If-None-Match": tag})
    assert answer.status_code == 304

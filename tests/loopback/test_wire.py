"""The port: ranges, HEAD, speed, latency, and nothing but YouTube's hosts."""

from __future__ import annotations

import socket
import ssl
import threading
import time

import pytest

from tests.youtube import Channel, LoopbackYouTube
from tests.youtube.catalogue import Catalogue
from tests.youtube.media import byte_range

from .browser import media_path, tunnel


@pytest.mark.parametrize(
    ("header", "span"),
    [
        ("", (0, 100)),
        ("bytes=0-9", (0, 10)),
        ("bytes=90-", (90, 100)),
        ("bytes=90-500", (90, 100)),
        ("bytes=-30", (70, 100)),
        ("bytes=99-99", (99, 100)),
        ("bytes=100-", None),
        ("bytes=9-8", None),
        ("bytes=-", (0, 100)),
        ("lines=1-2", (0, 100)),
    ],
)
def test_a_range_header_names_bytes(header: str, span: tuple[int, int] | None) -> None:
    assert byte_range(header, 100) == span


def test_pieces_add_up_to_the_whole_on_one_connection(
    youtube: LoopbackYouTube, garden: Channel
) -> None:
    path = media_path(garden.videos[0])
    with tunnel(youtube) as connection:
        connection.request("GET", path)
        whole = connection.getresponse()
        body = whole.read()
        assert (whole.status, whole.getheader("Content-Type")) == (200, "video/mp4")
        pieces = b""
        for start in range(0, len(body), 20_000):
            asked = f"bytes={start}-{start + 19_999}"
            connection.request("GET", path, headers={"Range": asked})
            answer = connection.getresponse()
            piece = answer.read()
            stop = start + len(piece) - 1
            assert answer.status == 206
            assert answer.getheader("Content-Range") == f"bytes {start}-{stop}/{len(body)}"
            pieces += piece
    assert pieces == body


def test_head_tells_the_size_and_a_range_beyond_it_is_refused(
    youtube: LoopbackYouTube, garden: Channel
) -> None:
    path = media_path(garden.videos[0], 140)
    with tunnel(youtube) as connection:
        connection.request("HEAD", path)
        head = connection.getresponse()
        assert (head.status, head.read()) == (200, b"")
        size = int(head.getheader("Content-Length") or 0)
        connection.request("GET", path, headers={"Range": f"bytes={size}-"})
        beyond = connection.getresponse()
        beyond.read()
        assert (beyond.status, beyond.getheader("Content-Range")) == (416, f"bytes */{size}")


def test_media_is_throttled_for_each_connection(youtube: LoopbackYouTube) -> None:
    channel = youtube.catalogue.add_channel("Slow")
    video = youtube.catalogue.add_video(channel, "Slow", bytes=500_000)
    size = video_size(youtube, media_path(video))
    youtube.bytes_per_second = 300_000
    took = [0.0, 0.0]
    threads = [
        threading.Thread(target=_time_download, args=(youtube, media_path(video), took, index))
        for index in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expected = size / 300_000
    assert all(expected * 0.95 <= seconds < expected + 2 for seconds in took), took


def video_size(youtube: LoopbackYouTube, path: str) -> int:
    with tunnel(youtube) as connection:
        connection.request("HEAD", path)
        return int(connection.getresponse().getheader("Content-Length") or 0)


def _time_download(youtube: LoopbackYouTube, path: str, took: list[float], index: int) -> None:
    began = time.monotonic()
    with tunnel(youtube) as connection:
        connection.request("GET", path)
        connection.getresponse().read()
    took[index] = time.monotonic() - began


def test_latency_comes_before_each_answer(youtube: LoopbackYouTube, garden: Channel) -> None:
    youtube.latency = 0.15
    with tunnel(youtube, "i.ytimg.com") as connection:
        for _ in range(2):
            began = time.monotonic()
            connection.request("GET", f"/vi/{garden.videos[0].video_id}/hqdefault.jpg")
            answer = connection.getresponse()
            assert answer.read().startswith(b"\xff\xd8\xff")
            assert time.monotonic() - began >= 0.15


def test_a_post_with_its_body_sent_apart_does_not_wait(youtube: LoopbackYouTube) -> None:
    """As urllib3 sends it towards a proxy: Nagle on, head and body in two writes."""
    with tunnel(youtube, "www.youtube.com") as connection:
        connection.connect()
        assert connection.sock
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 0)
        began = time.monotonic()
        for _ in range(20):
            connection.putrequest("POST", "/youtubei/v1/player")
            connection.putheader("Content-Length", "2")
            connection.endheaders()
            connection.send(b"{}")
            connection.getresponse().read()
        assert time.monotonic() - began < 20 * 0.04


@pytest.mark.parametrize("host", ["example.org", "notyoutube.com", "youtube.com.example.org"])
def test_a_stranger_is_refused_and_counted(host: str, youtube: LoopbackYouTube) -> None:
    with (
        tunnel(youtube, host) as connection,
        pytest.raises(OSError, match="Tunnel connection failed: 502 Bad Gateway"),
    ):
        connection.connect()
    assert youtube.counters.of("refused", host) == 1


def test_a_client_without_our_authority_trusts_nothing(youtube: LoopbackYouTube) -> None:
    with socket.create_connection(("127.0.0.1", youtube.port)) as plain:
        plain.sendall(b"CONNECT www.youtube.com:443 HTTP/1.1\r\n\r\n")
        assert plain.recv(100).startswith(b"HTTP/1.1 200 ")
        context = ssl.create_default_context()
        with pytest.raises(ssl.SSLCertVerificationError):
            context.wrap_socket(plain, server_hostname="www.youtube.com")


def test_closing_frees_the_port_and_ends_what_is_running() -> None:
    youtube = LoopbackYouTube().start()
    youtube.latency = 60.0
    with tunnel(youtube, "www.youtube.com") as connection:
        connection.request("GET", "/")
        began = time.monotonic()
        youtube.close()
        assert time.monotonic() - began < 5
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", youtube.port))


def test_a_catalogue_refuses_an_id_twice() -> None:
    catalogue = Catalogue()
    channel = catalogue.add_channel("Twice")
    catalogue.add_video(channel, "One", video_id="same_id_000")
    with pytest.raises(ValueError, match="same_id_000 is in the catalogue already"):
        catalogue.add_video(channel, "Two", video_id="same_id_000")

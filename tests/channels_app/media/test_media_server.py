"""The real web server and large files: memory stays flat, and who pauses holds nobody up."""

from __future__ import annotations

import http.client
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import psutil
import pytest
from django.conf import settings

from channels_app.media import limiter
from tests.channels_app import stock
from tests.cluster import environment
from tests.processes import until

pytestmark = [pytest.mark.django_db(transaction=True)]

HUGE = 5 << 30
LONG = 100 << 20
VIEWERS = 30
FLAT = 20 << 20


class Web:
    """gunicorn as `up` starts it, on a free port and the test's own database."""

    def __init__(self, port: int) -> None:
        self.port = port
        argv = [
            sys.executable, "-m", "gunicorn", "videomind.wsgi", "--bind", f"127.0.0.1:{port}",
            "--worker-class", "gthread", "--workers", "1", "--threads", "16",
            "--log-level", "warning", "--no-control-socket",
        ]  # fmt: skip
        self.process = subprocess.Popen(argv, env=environment({}), cwd=settings.BASE_DIR)
        until(self.answers, what="the start of the web server")

    def answers(self) -> bool:
        try:
            return self.status("/healthz") == 200
        except OSError:
            return False

    @contextmanager
    def asked(
        self, path: str, method: str = "GET", **headers: str
    ) -> Iterator[http.client.HTTPResponse]:
        """An answer whose body nobody has read so far."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        with closing(connection):
            connection.request(method, path, headers=headers)
            with connection.getresponse() as answer:
                yield answer

    def status(self, path: str) -> int:
        with self.asked(path) as answer:
            return answer.status

    def read(self, path: str, **headers: str) -> bytes:
        with self.asked(path, **headers) as answer:
            return answer.read()

    def memory(self) -> int:
        processes = [psutil.Process(self.process.pid)]
        processes += processes[0].children(recursive=True)
        return sum(each.memory_full_info().uss for each in processes)

    def end(self) -> None:
        self.process.terminate()
        self.process.wait(20)


@pytest.fixture
def web() -> Iterator[Web]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = Web(port)
    yield server
    server.end()


@pytest.fixture
def huge() -> str:
    """The address of a file of 5 GB that takes no room."""
    row = stock.file(stock.track())
    with (Path(settings.MEDIA_ROOT) / row.relative_path).open("r+b") as file:
        file.truncate(HUGE)
        file.seek(HUGE - 4)
        file.write(b"end.")
    return f"/media/file/{row.pk}/"


def test_a_file_of_5_gb_is_sent_and_memory_stays_flat(web: Web, huge: str) -> None:
    assert len(web.read(huge, Range="bytes=0-")) == 1 << 20
    before = web.memory()
    assert web.read(huge, Range=f"bytes={HUGE - 4}-") == b"end."
    with web.asked(huge, "HEAD") as head:
        assert head.headers["Content-Length"] == str(HUGE)
    with web.asked(huge, Range=f"bytes={HUGE // 2}-{HUGE // 2 + LONG - 1}") as middle:
        assert sum(len(piece) for piece in iter(lambda: middle.read(1 << 20), b"")) == LONG
    with web.asked(f"{huge}?download") as whole:
        assert whole.headers["Content-Length"] == str(HUGE)
        assert len(whole.read(LONG)) == LONG
        assert web.memory() - before < FLAT


def test_thirty_paused_viewers_and_stalled_downloads_hold_no_page_up(web: Web, huge: str) -> None:
    with ExitStack() as stack:
        viewers = [stack.enter_context(web.asked(huge, Range="bytes=0-")) for _ in range(VIEWERS)]
        assert {each.status for each in viewers} == {206}
        assert {each.headers["Content-Length"] for each in viewers} == {str(1 << 20)}
        downloads = [
            stack.enter_context(web.asked(f"{huge}?download"))
            for _ in range(limiter.LONG_ANSWERS + 2)
        ]
        assert [each.status for each in downloads] == [200] * limiter.LONG_ANSWERS + [503] * 2
        assert downloads[-1].headers["Retry-After"]
        for path in ("/", "/healthz", "/readyz", "/version"):
            assert web.status(path) in (200, 503)
        assert web.status("/") == 200
    # Whoever goes away gives the place back.
    until(lambda: web.status(f"{huge}?download") == 200, what="a free place")

"""The port: an HTTPS proxy that answers CONNECT itself, ends TLS, and keeps connections open."""

from __future__ import annotations

import select
import socket
import ssl
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from io import BufferedReader
from typing import cast

from .certificates import answers_for
from .wire import Answer, Ending, Request, read_head, request_of, status_answer

Handler = Callable[[Request], Answer]

ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"
# On close, drop what is unsent and send RST instead of FIN.
ABORTIVE = struct.pack("ii", 1, 0)
QUICKACK: int | None = getattr(socket, "TCP_QUICKACK", None)


class Server:
    """`site` answers inside the tunnels, `control` answers plain requests to /control/…,
    `refusal` may refuse a tunnel with a status, `refused` hears of hosts that are not ours."""

    def __init__(
        self,
        context: ssl.SSLContext,
        *,
        site: Handler,
        control: Handler,
        refusal: Callable[[], int | None],
        refused: Callable[[str], None],
        closing: threading.Event,
    ) -> None:
        self._context = context
        self._site, self._control = site, control
        self._refusal, self._refused = refusal, refused
        self._closing = closing
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()

    def start(self, port: int = 0) -> int:
        """Listens on 127.0.0.1 and returns the port."""
        self._listener = socket.create_server(("127.0.0.1", port), backlog=256)
        self._accepting = threading.Thread(target=self._accept, name="loopback", daemon=True)
        self._accepting.start()
        chosen: int = self._listener.getsockname()[1]
        return chosen

    def close(self) -> None:
        self._closing.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        self._accepting.join(5)

    def _accept(self) -> None:
        while not self._closing.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with self._lock:
            self._open.add(connection)
        try:
            # A client that leaves in the middle is ordinary here: half the faults provoke it.
            with suppress(OSError, ValueError):
                self._greet(connection)
        finally:
            with self._lock:
                self._open.discard(connection)
            connection.close()

    def _greet(self, connection: socket.socket) -> None:
        with connection.makefile("rb") as stream:
            head = read_head(stream)
            if head is None:
                return
            method, target, headers = head
            if method == "CONNECT":
                self._tunnel(connection, target.rpartition(":")[0])
                return
            if not target.startswith("/control/"):
                self._refused(target)
                self._send(connection, status_answer(502), "GET")
                return
            body = stream.read(int(headers.get("content-length", 0)))
            request = request_of(method, target, headers, host="control", body=body)
            self._send(connection, self._control(request), method)

    def _tunnel(self, connection: socket.socket, host: str) -> None:
        if not answers_for(host):
            self._refused(host)
            connection.sendall(status_answer(502).head())
            return
        status = self._refusal()
        if status is not None:
            connection.sendall(status_answer(status).head())
            return
        connection.sendall(ESTABLISHED)
        # The wrapped socket takes over the descriptor, so close() must know that one instead.
        with self._context.wrap_socket(connection, server_side=True) as secure:
            with self._lock:
                self._open.add(secure)
            try:
                self._converse(secure, host)
            finally:
                with self._lock:
                    self._open.discard(secure)

    def _converse(self, secure: ssl.SSLSocket, host: str) -> None:
        with cast("BufferedReader", secure.makefile("rb", buffering=65536)) as stream:
            while not self._closing.is_set():
                head = read_head(stream)
                if head is None:
                    return
                method, target, headers = head
                length = int(headers.get("content-length", 0))
                if length and QUICKACK is not None:
                    # Clients behind a proxy have Nagle on and send head and body apart:
                    # without an acknowledgement now, each POST waits 40 ms.
                    secure.setsockopt(socket.IPPROTO_TCP, QUICKACK, 1)
                body = stream.read(length) if length else b""
                request = request_of(method, target, headers, host=host, body=body)
                if not self._send(secure, self._site(request), method):
                    return

    def _send(self, connection: socket.socket, answer: Answer, method: str) -> bool:
        """Whether the connection may carry another request."""
        if answer.status:
            connection.sendall(answer.head() + (b"" if method == "HEAD" else answer.body))
            if method != "HEAD":
                for piece in answer.pieces:
                    connection.sendall(piece)
        if answer.ending is Ending.HANG:
            self._wait_until_left(connection)
        if answer.ending is Ending.RESET:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABORTIVE)
        return answer.ending is Ending.KEEP

    def _wait_until_left(self, connection: socket.socket) -> None:
        while not self._closing.is_set():
            readable, _, _ = select.select([connection], [], [], 0.2)
            if readable:
                return

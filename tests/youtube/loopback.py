"""The loopback YouTube itself: start it, hand out its environment, close it."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from types import TracebackType

from .certificates import server_context
from .control import Control
from .environment import environment, write_sitecustomize
from .server import Server
from .site import Site
from .steering import Steering


class LoopbackYouTube(Steering):
    """A YouTube on 127.0.0.1, in threads of this process, from `start()` until `close()`."""

    def __init__(self) -> None:
        super().__init__()
        self._folder: Path | None = None
        self._server: Server | None = None
        self.port = 0

    def start(self, port: int = 0) -> LoopbackYouTube:
        self._folder = Path(tempfile.mkdtemp(prefix="loopback-youtube-"))
        context, self._ca_file = server_context(self._folder)
        write_sitecustomize(self._folder, self._ca_file)
        settings = self._world.settings
        self._server = Server(
            context,
            site=Site(self._world).answer,
            control=Control(self).answer,
            refusal=lambda: settings.refusal(tunnel=True),
            refused=lambda host: self.counters.count("refused", host),
            closing=self._world.closing,
        )
        self.port = self._server.start(port)
        return self

    def close(self) -> None:
        if self._server:
            self._server.close()
            self._server = None
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def __enter__(self) -> LoopbackYouTube:
        return self if self._server else self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def proxy_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def ca_file(self) -> str:
        return str(self._ca_file)

    def environment(self) -> dict[str, str]:
        if self._folder is None:
            raise RuntimeError("the loopback YouTube is not running")
        return environment(self.proxy_url, self._ca_file, self._folder)

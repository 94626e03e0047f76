"""`python -m tests.youtube`: the loopback YouTube in a process of its own."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
from collections.abc import Sequence

from .control import described
from .loopback import LoopbackYouTube


def main(arguments: Sequence[str] | None = None) -> int:
    chosen = _parser().parse_args(arguments)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    youtube = _furnished(chosen)
    with youtube.start(chosen.port):
        sys.stdout.write(json.dumps(_introduction(youtube)) + "\n")
        sys.stdout.flush()
        if chosen.until_stdin_closes:
            threading.Thread(target=_watch_stdin, args=(stop,), daemon=True).start()
        stop.wait()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.youtube", description=__doc__)
    add = parser.add_argument
    add("--port", type=int, default=0)
    add("--channel", action="append", default=[], metavar="NAME:VIDEOS:SHORTS[:STREAMS]")
    add("--latency", type=float, default=0.0, help="seconds before each answer")
    add("--bytes-per-second", type=int, help="of media, on each connection")
    add("--video-bytes", type=int, help="what each video weighs")
    add("--duration", type=float, default=3.0, help="seconds that each video lasts")
    add("--until-stdin-closes", action="store_true")
    return parser


def _furnished(chosen: argparse.Namespace) -> LoopbackYouTube:
    youtube = LoopbackYouTube()
    youtube.latency, youtube.bytes_per_second = chosen.latency, chosen.bytes_per_second
    for words in chosen.channel:
        handle, *counts = words.split(":")
        youtube.catalogue.add_channel(
            handle, *map(int, counts), duration=chosen.duration, bytes=chosen.video_bytes
        )
    return youtube


def _introduction(youtube: LoopbackYouTube) -> dict[str, object]:
    return {
        "proxy_url": youtube.proxy_url,
        "ca_file": youtube.ca_file,
        "environment": youtube.environment(),
        "channels": {c.handle: described(c) for c in youtube.catalogue.channels()},
    }


def _watch_stdin(stop: threading.Event) -> None:
    while sys.stdin.read(4096):
        pass
    stop.set()


if __name__ == "__main__":
    raise SystemExit(main())

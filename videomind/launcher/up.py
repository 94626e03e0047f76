"""`manage.py up`, once all is ready: keeps web and workers running until it is told to stop.

The command replaces itself by this small program (`python -m videomind.launcher.up`), which imports
no Django: what only waits should not hold 40 MB.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from types import FrameType
from typing import Any, Final

from videomind.prctl import live_no_longer_than

FIRST_PAUSE_S: Final = 0.5
LONGEST_PAUSE_S: Final = 30.0
STEADY_S: Final = 60.0
LAST_GRACE_S: Final = 3.0
# HUP: the terminal is closed.
STOPS: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


@dataclass
class Program:
    """One child in a session of its own, started again when it dies."""

    name: str
    argv: list[str]
    stop: int = signal.SIGTERM
    hurry: int = signal.SIGTERM
    """The signals that ask it to stop, and to do so at once."""
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    start_at: float = 0.0
    pause_s: float = FIRST_PAUSE_S

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        self.process = subprocess.Popen(
            self.argv,
            start_new_session=True,
            # There are no threads here.
            preexec_fn=partial(live_no_longer_than, os.getpid()),  # noqa: PLW1509
        )
        self.started_at = time.monotonic()

    def ask(self, number: int) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)

    def kill(self) -> None:
        """The whole session: what a dead leader left behind as well."""
        if self.process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(LAST_GRACE_S)

    def plan_restart(self, now: float) -> float:
        """The pause before the next start: doubling while it keeps dying, short again after."""
        if now - self.started_at > STEADY_S:
            self.pause_s = FIRST_PAUSE_S
        pause = self.pause_s
        self.pause_s = min(LONGEST_PAUSE_S, 2 * pause)
        self.start_at = now + pause
        self.process = None
        return pause


def _quiet_pair() -> tuple[socket.socket, socket.socket]:
    pair = socket.socketpair()
    for end in pair:
        end.settimeout(0)
    return pair


@dataclass
class House:
    """All programs together."""

    programs: Sequence[Program]
    grace_s: float
    address: tuple[str, int]
    ready_line: str
    asked_to_stop: int = 0
    ready: bool = False
    _wake: tuple[socket.socket, socket.socket] = field(default_factory=_quiet_pair)

    def run(self) -> int:
        self._listen_to_signals()
        while not self.asked_to_stop:
            self._step()
        return self._stop()

    def _listen_to_signals(self) -> None:
        signal.set_wakeup_fd(self._wake[1].fileno(), warn_on_full_buffer=False)
        for number in STOPS:
            signal.signal(number, self._on_stop)
        signal.signal(signal.SIGCHLD, _only_wake)
        # The command blocked them before it became this program; one that waits comes now.
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)

    def _on_stop(self, number: int, frame: FrameType | None) -> None:
        self.asked_to_stop += 1

    def _step(self) -> None:
        now = time.monotonic()
        for program in self.programs:
            if self.asked_to_stop:
                return
            if program.process is None and now >= program.start_at:
                program.start()
            elif program.process is not None and not program.is_running:
                self._note_death(program, now)
        self._note_ready()
        self._sleep(0.1 if not self.ready else 1.0)

    def _note_death(self, program: Program, now: float) -> None:
        status = program.process.returncode if program.process else None
        program.kill()
        say(f"{program.name} ended ({_how(status)}); again in {program.plan_restart(now):g} s")

    def _note_ready(self) -> None:
        if not self.ready and _answers(self.address):
            self.ready = True
            say(self.ready_line)

    def _sleep(self, seconds: float) -> None:
        waits = [each.start_at - time.monotonic() for each in self.programs if not each.process]
        select.select([self._wake[0]], [], [], max(0.0, min([seconds, *waits])))
        try:
            while self._wake[0].recv(64):
                pass
        except BlockingIOError:
            return

    def _stop(self) -> int:
        say(f"stopping (up to {self.grace_s:g} s; once more to stop at once)")
        for program in self.programs:
            program.ask(program.stop)
        self._wait(self.grace_s, until_asked=1)
        if self._running():
            for program in self.programs:
                program.ask(program.hurry)
            self._wait(LAST_GRACE_S, until_asked=2)
        for program in self.programs:
            program.kill()
        say("stopped")
        return 0

    def _running(self) -> bool:
        return any(program.is_running for program in self.programs)

    def _wait(self, seconds: float, *, until_asked: int) -> None:
        deadline = time.monotonic() + seconds
        while self._running() and self.asked_to_stop <= until_asked:
            left = deadline - time.monotonic()
            if left <= 0:
                return
            self._sleep(min(left, 0.5))


def _only_wake(number: int, frame: FrameType | None) -> None:
    """With a handler, a child's end wakes the loop."""


def _how(status: int | None) -> str:
    if status is not None and status < 0:
        return f"killed by signal {-status}"
    return f"exit {status}"


def _answers(address: tuple[str, int]) -> bool:
    try:
        socket.create_connection(address, timeout=0.5).close()
        return True
    except OSError:
        return False


def say(text: str) -> None:
    # Nobody may be listening any more: the terminal is gone, the work is not.
    with suppress(OSError):
        sys.stdout.write(f"  {text}\n")
        sys.stdout.flush()


ASKED: Final[Mapping[str, tuple[int, int]]] = {
    "web": (signal.SIGTERM, signal.SIGQUIT),
    # Of their own: a TERM to every process of the tree comes to the workers as well, and a second
    # one means "at once".
    "workers": (signal.SIGUSR1, signal.SIGUSR2),
}
_LIKE_OTHERS: Final = (signal.SIGTERM, signal.SIGTERM)


def build(plan: Mapping[str, Any]) -> House:
    return House(
        programs=[
            Program(name, list(argv), *ASKED.get(name, _LIKE_OTHERS))
            for name, argv in plan["programs"].items()
        ],
        grace_s=plan["grace_s"],
        address=(plan["address"][0], plan["address"][1]),
        ready_line=plan["ready_line"],
    )


if __name__ == "__main__":
    sys.exit(build(json.loads(sys.argv[1])).run())

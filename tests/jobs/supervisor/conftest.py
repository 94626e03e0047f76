"""A supervisor that listens to no signal and has forked nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from jobs.processes.fork_server_keeper import ForkServerKeeper
from jobs.supervisor.signals import Signals
from jobs.supervisor.supervisor import Supervisor


@pytest.fixture
def supervisor() -> Iterator[Supervisor]:
    with closing(ForkServerKeeper()) as fork_server:
        yield Supervisor(1, Signals(), fork_server)

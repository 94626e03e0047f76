"""How much is injected: a bounded form inside `make test`, the long form with `make faults`."""

from __future__ import annotations

import os
import random
from typing import Final, TypeVar

T = TypeVar("T")

LONG: Final = os.environ.get("FAULTS") == "long"
SEED: Final = os.environ.get("FAULTS_SEED") or "1"


def scale(*, bounded: T, long: T) -> T:
    return long if LONG else bounded


def dice(name: str) -> random.Random:
    """The same throws for the same seed, whatever the order of the tests."""
    return random.Random(f"{SEED} {name}")

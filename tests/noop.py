"""The kind that does nothing, as EXTRA_KINDS (`tests.noop`)."""

from __future__ import annotations

from jobs.kinds import NOOP

KINDS = (NOOP,)

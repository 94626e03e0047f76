"""How far a job has come: as values, and in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, Self

MEGABYTE: Final = 1_000_000
LONGEST_MESSAGE: Final = 300


@dataclass(frozen=True, slots=True)
class Progress:
    """Without a message bytes are counted. `speed` is in bytes a second."""

    current: int = 0
    total: int | None = None
    message: str = ""
    speed: int | None = None
    left_s: int | None = None

    @classmethod
    def of_event(cls, event: Mapping[str, Any]) -> Self:
        return cls(
            current=int(event.get("current") or 0),
            total=_whole(event.get("total")),
            message=str(event.get("message") or "")[:LONGEST_MESSAGE],
            speed=_whole(event.get("speed")),
            left_s=_whole(event.get("left_s")),
        )

    def columns(self) -> dict[str, Any]:
        """As they stand on the job's row."""
        return {f"progress_{name}": value for name, value in asdict(self).items()}

    @property
    def sentence(self) -> str:
        """ "1.2 of 34.5 MB at 5.1 MB/s, 7 s left"."""
        at = f" at {self.speed_text}" if self.speed else ""
        left = f", {self.left_s} s left" if self.left_s else ""
        return f"{self.amount}{at}{left}"

    @property
    def amount(self) -> str:
        """The message, or "1.2 of 34.5 MB"; "" where nothing is told yet."""
        if self.message or not (self.current or self.total):
            return self.message
        of = f" of {self.total / MEGABYTE:.1f}" if self.total else ""
        return f"{self.current / MEGABYTE:.1f}{of} MB"

    @property
    def speed_text(self) -> str:
        return f"{self.speed / MEGABYTE:.1f} MB/s" if self.speed else ""


def _whole(value: float | None) -> int | None:
    return round(value) if value else None

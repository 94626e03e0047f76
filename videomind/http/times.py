"""Times on the wire: ISO 8601 in UTC with a Z, and strict in what is read."""

from __future__ import annotations

from datetime import UTC, datetime

SENTENCE = "It must be a time such as 2026-11-21T19:30:00Z, with its zone."


def as_text(at: datetime | None) -> str | None:
    if at is None:
        return None
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_time(text: str) -> datetime:
    """Raises ValueError with the sentence for the caller."""
    try:
        at = datetime.fromisoformat(text)
        if "T" not in text or at.tzinfo is None:
            raise ValueError(SENTENCE)
        return at.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError(SENTENCE) from error

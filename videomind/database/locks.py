"""Taking turns: who writes many rows in an order of its own writes alone."""

from __future__ import annotations

from typing import Final

from django.db import connection

LOCK_SPACE: Final = 0x5644  # ours among the advisory locks of a shared PostgreSQL


def await_listings_turn() -> None:
    """First in a transaction that writes a batch of a listing: from here to its end, no other does.

    Rows are locked in the order in which they are listed, so two listings that share videos in
    different orders wait for each other: of ten rounds with 200 rows, eight ended in a deadlock.
    Sorting would do too, but jobs get their ids in that order, and downloads come in it.
    SQLite has one writer anyway.
    """
    if connection.vendor == "postgresql":
        await_turn("listing")


def await_turn(name: str) -> None:
    """On PostgreSQL: from here to the transaction's end nobody else has this turn."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [LOCK_SPACE, name])

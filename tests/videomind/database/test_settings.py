"""What every connection to PostgreSQL is asked for."""

from __future__ import annotations

import pytest
from django.db import connection

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.mark.parametrize(
    ("setting", "value"),
    [("idle_in_transaction_session_timeout", "30s"), ("tcp_keepalives_idle", "5")],
)
def test_a_client_that_froze_inside_a_transaction_does_not_keep_its_locks(
    setting: str, value: str
) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("a frozen process holds SQLite's file until it ends")
    with connection.cursor() as cursor:
        cursor.execute(f"SHOW {setting}")
        assert cursor.fetchone() == (value,)

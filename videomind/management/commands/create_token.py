"""`manage.py create_token NAME --scope …`: a token for a script, shown once."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from videomind.accounts import tokens
from videomind.http.times import as_text
from videomind.scopes import Scope

LONGEST_DAYS = 3650


class Command(BaseCommand):
    help = "Makes a token for the JSON API. It is shown once; only its hash is kept."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="What it is for; jobs it asks for carry this name.")
        parser.add_argument("--scope", choices=Scope.values, default=Scope.READ.value)
        parser.add_argument("--expires", type=int, metavar="DAYS", help="Default: never.")
        parser.add_argument("--json", action="store_true", help="One JSON document on stdout.")

    def handle(self, *args: Any, **options: Any) -> None:
        name = refuse_bad_name(options["name"])
        token, secret = tokens.make(
            name,
            scope=Scope(options["scope"]),
            expires_at=end_of(options["expires"]),
            created_by="command line",
        )
        if not options["json"]:
            self.stderr.write(f"Token {token.name} ({token.scope}); it is shown this once:")
            self.stdout.write(secret)
            return
        document = {
            "token": secret,
            "name": token.name,
            "scope": token.scope,
            "created_at": as_text(token.created_at),
            "expires_at": as_text(token.expires_at),
        }
        self.stdout.write(json.dumps(document))


def refuse_bad_name(name: str) -> str:
    if name.strip() != name or not name.isprintable() or not 1 <= len(name) <= 150:
        raise CommandError("A name has 1 to 150 printable characters.", returncode=2)
    return name


def end_of(days: int | None) -> datetime | None:
    if days is None:
        return None
    if not 1 <= days <= LONGEST_DAYS:
        raise CommandError(f"--expires takes 1 to {LONGEST_DAYS} days.", returncode=2)
    return timezone.now() + timedelta(days=days)

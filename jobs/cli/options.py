"""A kind's form as options of the command line: `--video-url X`, `--max-entries 20`, `--force`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django import forms
from django.core.management.base import CommandError, CommandParser

from jobs.forms import typed
from jobs.kinds import Kind
from jobs.models import Priority
from videomind.http.times import parse_time

USAGE: Final = 2


@dataclass(frozen=True, slots=True)
class CommandLine:
    """What a command line asks of the queue."""

    parameters: dict[str, Any]
    wishes: dict[str, Any] = field(default_factory=dict)
    as_json: bool = False


def read(kind: Kind, arguments: list[str], *, at_a_shell: bool) -> CommandLine:
    """Exits with 2 at a shell and raises CommandError otherwise, with a sentence in both cases."""
    parser = parser_of(kind, at_a_shell=at_a_shell)
    given = vars(parser.parse_args(arguments))
    fields = kind.form_class.base_fields
    wishes = {name: given[name] for name in WISHES if given[name] is not None}
    parameters = {
        name: typed(given[f"parameter_{name}"], fields[name])
        for name in fields
        if given[f"parameter_{name}"] is not None
    }
    return CommandLine(parameters, wishes, given["json"])


WISHES: Final = ("priority", "run_at", "max_retries", "timeout_seconds")


def parser_of(kind: Kind, *, at_a_shell: bool) -> CommandParser:
    parser = CommandParser(
        prog=f"manage.py jobs add {kind.job_type}",
        description=kind.label,
        allow_abbrev=False,
        called_from_command_line=at_a_shell,
    )
    for name, each in kind.form_class.base_fields.items():
        _add(parser, name, each)
    accepted = ", ".join(f"{each.value} {each.label}" for each in Priority)
    parser.add_argument("--priority", type=int, help=accepted)
    parser.add_argument("--run-at", type=moment, help="Not before, such as 2026-11-21T19:30:00Z.")
    parser.add_argument("--max-retries", type=int)
    parser.add_argument("--timeout-seconds", type=int)
    parser.add_argument("--json", action="store_true", help="One JSON document on stdout.")
    return parser


def _add(parser: CommandParser, name: str, each: forms.Field) -> None:
    spellings = dict.fromkeys((f"--{name.replace('_', '-')}", f"--{name}"))
    options: dict[str, Any] = {"dest": f"parameter_{name}", "metavar": name.upper()}
    options["help"] = str(each.help_text or "")
    if isinstance(each, forms.BooleanField):
        options |= {"nargs": "?", "const": "true", "metavar": "true|false"}
    elif isinstance(each, forms.MultipleChoiceField):
        options |= {"action": "append"}
    parser.add_argument(*spellings, **options)


def moment(value: str) -> datetime:
    try:
        return parse_time(value)
    except ValueError as error:
        raise CommandError(f"--run-at: {error}", returncode=USAGE) from error

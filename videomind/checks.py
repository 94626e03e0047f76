"""System checks: a configuration that would lose work or secrets is refused before it starts."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

# Each was measured or read in django-q2's source: docs/architecture.md.
Q_CLUSTER_RULES: Final[Mapping[str, tuple[Callable[[Any], bool], str]]] = {
    "orm": (lambda value: value == "default", "'default': the job table is the truth"),
    "broker_class": (
        lambda value: value == "jobs.cluster.broker.JobBroker",
        "'jobs.cluster.broker.JobBroker'",
    ),
    "bulk": (lambda value: value == 1, "1: one wake-up at a time"),
    "ack_failures": (lambda value: value is True, "True: a failure is not a reason to run again"),
    "max_attempts": (lambda value: value == 1, "1: our own table counts the attempts"),
    "save_limit": (lambda value: value == -1, "-1: 250 makes it five times slower"),
    "catch_up": (lambda value: value is False, "False: missed schedules are not made up for"),
    "guard_cycle": (lambda value: value in (0.5, 1), "0.5 or 1: others never fire its kill"),
}


@register(Tags.compatibility)
def check_q_cluster(**kwargs: object) -> list[CheckMessage]:
    return list(_q_cluster_errors(settings.Q_CLUSTER))


def _q_cluster_errors(values: Mapping[str, Any]) -> Iterator[CheckMessage]:
    for name, (is_right, wanted) in Q_CLUSTER_RULES.items():
        if not is_right(values.get(name)):
            yield Error(
                f"Q_CLUSTER['{name}'] is {values.get(name)!r}.",
                hint=f"It must be {wanted}.",
                id="videomind.E001",
            )
    if not values.get("timeout", 0) < values.get("retry", 0):
        yield Error(
            "Q_CLUSTER's timeout is not shorter than its retry.",
            hint="Otherwise django-q2 hands out a task that still runs.",
            id="videomind.E002",
        )


@register(Tags.security)
def check_secret_key(**kwargs: object) -> list[CheckMessage]:
    key = str(settings.SECRET_KEY)
    if len(key) >= 32 and len(set(key)) >= 8 and not key.startswith("django-insecure-"):
        return []
    return [
        Error(
            "SECRET_KEY is too short or an example.",
            hint="Leave it out and one is made, or set 50 random characters.",
            id="videomind.E003",
        )
    ]


@register(Tags.files)
def check_folders(**kwargs: object) -> list[CheckMessage]:
    return [
        Error(
            f"{name} ({getattr(settings, name)}) cannot be written to.",
            hint="Give it to the user VideoMind runs as, or choose another folder.",
            id="videomind.E004",
        )
        for name in ("DATA_DIR", "LOG_DIR")
        if not os.access(getattr(settings, name), os.W_OK | os.X_OK)
    ]

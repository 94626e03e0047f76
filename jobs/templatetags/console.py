"""How the console says states, moments, lengths of time and sizes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import zip_longest
from typing import Final

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from jobs.kinds import any_kind
from jobs.models import Job
from jobs.monitoring.explanation import advice as advice_for
from jobs.states import FAILED_ALIKE, Outcome, Status
from videomind.http.times import as_text

register = template.Library()

_TONES: Final[dict[str, str]] = {
    Status.RUNNING: "accent",
    Status.PENDING: "info",
    Status.RETRYING: "warn",
    Status.ZOMBIE: "warn",
    Status.COMPLETED: "good",
    Outcome.TIMED_OUT: "bad",
    Outcome.STUCK: "bad",
    Outcome.WORKER_LOST: "bad",
    **dict.fromkeys(FAILED_ALIKE, "bad"),
}
_LABELS: Final[dict[str, str]] = {each.value: str(each.label) for each in (*Outcome, *Status)}


@register.filter
def tone(state: str) -> str:
    """The colour of a status or an outcome."""
    return _TONES.get(state, "")


@register.filter
def state_label(state: str) -> str:
    return _LABELS.get(state, state)


@register.filter
def kind_label(job_type: str) -> str:
    return any_kind(job_type).label


@register.simple_tag
def moment(at: datetime | None, manner: str = "ago") -> SafeString | str:
    """A time, which our script words as "12 s ago", "for 12 s" or "in 12 s"."""
    if at is None:
        return "–"
    at = at.astimezone(UTC)
    return format_html(
        '<time datetime="{}" data-age="{}" title="{} UTC">{}{} UTC</time>',
        as_text(at),
        manner,
        at.strftime("%Y-%m-%d %H:%M:%S"),
        "since " if manner == "for" else "",
        at.strftime("%d %b %H:%M:%S"),
    )


# Under another name in templates: `length` is Django's own filter there.
@register.filter("length_of")
def length(span: timedelta | float | None) -> str:
    """ "850 ms", "4.2 s", "3 min 20 s", "2 h 5 min"; whole seconds stay whole."""
    if span is None:
        return "–"
    seconds = span.total_seconds() if isinstance(span, timedelta) else float(span)
    if seconds < 1:
        return f"{max(0.0, seconds) * 1000:.0f} ms"
    if seconds < 10:
        return f"{seconds:g} s" if isinstance(span, int) else f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    if minutes:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    return f"{rest} s"


@register.simple_tag
def took(started_at: datetime | None, ended_at: datetime | None) -> str:
    return length(ended_at - started_at) if started_at and ended_at else "–"


@register.filter
def memory(kilobytes: int | None) -> str:
    return f"{kilobytes / 1024:.0f} MB" if kilobytes else "–"


@register.filter
def worded(sentence: str) -> SafeString:
    """A sentence whose `commands` are set as code."""
    parts = sentence.split("`")
    # Every second part stood between two marks; the last may have lost its own.
    code = [format_html("<code>{}</code>", part) if part else "" for part in parts[1::2]]
    return format_html_join("", "{}{}", zip_longest(parts[::2], code, fillvalue=""))


@register.filter
def advice(job: Job) -> str:
    return advice_for(job)


@register.filter
def watch_address(job: Job) -> str:
    """Where what the job fetched is watched; "" where that is nowhere."""
    page = any_kind(job.job_type).watch_page
    if not page or not job.target:
        return ""
    try:
        return reverse(page, args=[job.target])
    except NoReverseMatch:
        return ""

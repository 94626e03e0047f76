"""What the stored metadata adds up to."""

from __future__ import annotations

from typing import Any, Final, TypedDict

from django.db.models import Avg, Count, F, Max, Min, Q, Sum
from django.db.models.functions import ExtractYear, TruncMonth

from metadata.models import MetadataQuerySet, PlaylistMembership, YouTubeVideoMetadata

MOST_ROWS: Final = 100
MINUTE: Final = 60
# Up to so many seconds; the last has no end.
DURATIONS: Final[tuple[tuple[str, float, float | None], ...]] = (
    ("under 1 min", 0, MINUTE),
    ("1 to 5 min", MINUTE, 5 * MINUTE),
    ("5 to 20 min", 5 * MINUTE, 20 * MINUTE),
    ("20 to 60 min", 20 * MINUTE, 60 * MINUTE),
    ("over 1 h", 60 * MINUTE, None),
)

_SUMS: Final[dict[str, Any]] = {
    "seconds": Sum("duration"),
    "views": Sum("view_count"),
}

Rows = list[dict[str, Any]]


class Statistics(TypedDict):
    totals: dict[str, Any]
    by_channel: Rows
    by_year: Rows
    durations: dict[str, int]
    languages: Rows
    availability: Rows
    growth: Rows


def statistics(rows: MetadataQuerySet | None = None) -> Statistics:
    """Over all rows, or over those given."""
    rows = YouTubeVideoMetadata.objects.all() if rows is None else rows
    return Statistics(
        totals=totals(rows),
        by_channel=by_channel(rows),
        by_year=by_year(rows),
        durations=durations(rows),
        languages=_grouped(rows, "language"),
        availability=_grouped(rows, "availability"),
        growth=growth(rows),
    )


def totals(rows: MetadataQuerySet) -> dict[str, Any]:
    found = rows.aggregate(
        videos=Count("pk"),
        visited_in_full=Count("pk", filter=Q(full_at__isnull=False)),
        channels=Count("channel_id", distinct=True, filter=~Q(channel_id="")),
        seconds=Sum("duration"),
        average_seconds=Avg("duration"),
        views=Sum("view_count"),
        likes=Sum("like_count"),
        first_upload=Min("upload_date"),
        last_upload=Max("upload_date"),
    )
    places = PlaylistMembership.objects.filter(video__in=rows.values("pk"))
    return found | places.aggregate(playlists=Count("playlist_id", distinct=True))


def by_channel(rows: MetadataQuerySet) -> Rows:
    """The channels with most videos."""
    grouped = rows.exclude(channel_id="").order_by().values("channel_id")
    counted = grouped.annotate(name=Max("channel"), videos=Count("pk"), **_SUMS).order_by(
        "-videos", "channel_id"
    )
    return [{**row} for row in counted[:MOST_ROWS]]


def by_year(rows: MetadataQuerySet) -> Rows:
    """By year of upload, the latest first; None are those whose day is not known."""
    grouped = rows.order_by().annotate(year=ExtractYear("upload_date")).values("year")
    counted = grouped.annotate(videos=Count("pk"), **_SUMS).order_by(
        F("year").desc(nulls_last=True)
    )
    return [{**row} for row in counted]


def durations(rows: MetadataQuerySet) -> dict[str, int]:
    counted = {
        f"from_{number}": Count("pk", filter=_between(low, high))
        for number, (_, low, high) in enumerate(DURATIONS)
    }
    found = rows.aggregate(**counted, unknown=Count("pk", filter=Q(duration__isnull=True)))
    named = {name: found[f"from_{number}"] for number, (name, _, _) in enumerate(DURATIONS)}
    return named | {"unknown": found["unknown"]}


def growth(rows: MetadataQuerySet) -> Rows:
    """How many videos became known in which month."""
    grouped = rows.order_by().annotate(month=TruncMonth("created_at")).values("month")
    counted = grouped.annotate(videos=Count("pk")).order_by("-month")
    return [{**row} for row in counted[:MOST_ROWS]]


def _between(low: float, high: float | None) -> Q:
    above = Q(duration__gte=low)
    return above if high is None else above & Q(duration__lt=high)


def _grouped(rows: MetadataQuerySet, column: str) -> Rows:
    grouped = rows.order_by().values(column)
    counted = grouped.annotate(videos=Count("pk")).order_by("-videos", column)
    return [{**row} for row in counted[:MOST_ROWS]]

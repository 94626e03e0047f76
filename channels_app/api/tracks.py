"""The JSON API of the library: its tracks, by state and channel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from channels_app.api.payloads import track_payload
from channels_app.models import Track
from channels_app.models.tracks import TrackQuerySet
from channels_app.states import SHOWN_STATES
from videomind.http import query
from videomind.http.access import ApiRequest
from videomind.http.paging import PAGE_PARAMETERS, page
from videomind.http.query import Parameter, read_query
from videomind.http.views import Answer, json_view


def _channel(text: str) -> dict[str, Any]:
    """Our own number, YouTube's id (`UC…`) or the handle (`@…`)."""
    if text.isascii() and text.isdigit():
        return {"channel_id": query.identifier(text)}
    return (
        {"channel__handle__iexact": text} if text.startswith("@") else {"channel__channel_id": text}
    )


_FILTERS: Final[Mapping[str, Parameter]] = {
    "state": Parameter(query.choice(SHOWN_STATES)),
    "channel": Parameter(_channel),
}


def _tracks(request: ApiRequest) -> Answer:
    asked = read_query(request.GET, {**_FILTERS, **PAGE_PARAMETERS})
    found = page(_matching(asked).for_api(), asked, kind="tracks")
    return found.as_json(lambda rows: [track_payload(each) for each in rows])


def _matching(asked: Mapping[str, Any]) -> TrackQuerySet:
    rows = Track.objects.in_state(asked["state"]) if "state" in asked else Track.objects.all()
    return rows.filter(**asked["channel"]) if "channel" in asked else rows


tracks = json_view(GET=_tracks)

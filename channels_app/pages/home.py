"""The front page, and the part of it that only the visitor's browser knows how to ask for."""

from __future__ import annotations

import re
from typing import Final

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from channels_app.access import library_page
from channels_app.models import Channel, ChannelGroup, Track
from channels_app.models.tracks import TrackQuerySet
from channels_app.pages.pagination import cards, newest, read_position
from channels_app.states import State

CHANNELS_SHOWN: Final = 24
CONTINUED: Final = 12
_ID: Final = re.compile(r"[0-9A-Za-z_-]{11}", re.ASCII)


@library_page
def home(request: HttpRequest) -> HttpResponse:
    after = read_position(request.GET.get("after"))
    shelf = newest(Track.objects.available(), by="downloaded_at", after=after)
    context = {"shelf": shelf, "is_first": after is None}
    if after is None:
        context |= _sources() | {"is_empty": not shelf.tracks}
    if not shelf.tracks:
        context["on_their_way"] = Track.objects.filter(state=State.WANTED).exists()
    return render(request, "library/home.html", context)


def _sources() -> dict[str, object]:
    held = ChannelGroup.objects.annotate(channel_count=Count("channels"))
    channels = Channel.objects.order_by("title", "pk")
    return {
        "groups": list(held.filter(channel_count__gt=0)),
        "channels": list(channels[:CHANNELS_SHOWN]),
    }


@library_page
def continued(request: HttpRequest) -> HttpResponse:
    """Cards of the videos that are asked for, in that order: a fragment of a page."""
    asked = [each for each in request.GET.getlist("v")[:CONTINUED] if _ID.fullmatch(each)]
    found = {each.youtube_id: each for each in cards(_here(asked))}
    tracks = [found[each] for each in dict.fromkeys(asked) if each in found]
    return render(request, "library/_cards.html", {"tracks": tracks})


def _here(youtube_ids: list[str]) -> TrackQuerySet:
    return Track.objects.available().filter(youtube_id__in=youtube_ids)

"""The pages of groups, channels and playlists."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from channels_app.access import library_page
from channels_app.models import Channel, ChannelGroup, Playlist, Track
from channels_app.pages.pagination import entries, newest, read_position
from channels_app.states import State

CHANNELS_SHOWN: Final = 200
PLAYLISTS_SHOWN: Final = 50


@library_page
def group(request: HttpRequest, slug: str) -> HttpResponse:
    found = get_object_or_404(ChannelGroup, slug=slug)
    after = read_position(request.GET.get("after"))
    rows = Track.objects.available().filter(channel__group=found)
    shelf = newest(rows, by="downloaded_at", after=after)
    context = {"group": found, "shelf": shelf, "is_first": after is None}
    if after is None:
        channels = list(found.channels.order_by("title", "pk")[:CHANNELS_SHOWN])
        counts = _counts(channels)
        context["channels"] = [(each, counts.get(each.pk, 0)) for each in channels]
        context["playlists"] = list(found.playlists.order_by("title", "pk")[:PLAYLISTS_SHOWN])
    return render(request, "library/group.html", context)


def _counts(channels: Iterable[Channel]) -> dict[int, int]:
    here = Track.objects.available().filter(channel__in=[each.pk for each in channels])
    counted = here.order_by().values_list("channel").annotate(n=Count("pk"))
    return dict(counted)


@library_page
def channel(request: HttpRequest, channel_id: str) -> HttpResponse:
    found = get_object_or_404(Channel.objects.select_related("group"), channel_id=channel_id)
    after, show_all = read_position(request.GET.get("after")), request.GET.get("show") == "all"
    rows = Track.objects.filter(channel=found)
    rows = rows.with_job() if show_all else rows.available()
    shelf = newest(rows, by="published_at", after=after)
    context = {
        "channel": found,
        "shelf": shelf,
        "show_all": show_all,
        "is_first": after is None,
        "more": "&show=all" if show_all else "",
    }
    if after is None:
        context |= _about(found)
    return render(request, "library/channel.html", context)


def _about(channel: Channel) -> dict[str, object]:
    return {
        "count": _counts([channel]).get(channel.pk, 0),
        "has_others": channel.tracks.exclude(state=State.AVAILABLE).exists(),
        "playlists": list(channel.playlists.order_by("title", "pk")[:PLAYLISTS_SHOWN]),
    }


@library_page
def playlist(request: HttpRequest, playlist_id: str) -> HttpResponse:
    rows = Playlist.objects.select_related("channel", "group")
    found = get_object_or_404(rows, playlist_id=playlist_id)
    after = request.GET.get("after")
    shelf = entries(found.pk, after=after)
    context = {
        "playlist": found,
        "shelf": shelf,
        "first": shelf.tracks[0] if shelf.tracks else None,
        "is_first": not after,
        "in_list": f"?list={found.playlist_id}",
    }
    return render(request, "library/playlist.html", context)

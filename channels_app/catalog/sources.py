"""Rows for the channels and playlists that are seen, made once and refreshed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from channels_app.models import Channel, ChannelGroup, Playlist
from channels_app.storage.names import folder_name
from metadata.youtube.listing.request import DEFAULT_TABS
from metadata.youtube.sources import is_channel_id

# What `channel_seen` learns. A listing of one of its tabs may end meanwhile.
_TOLD: Final = ("handle", "title", "description", "custom_name")


def channel_of(info: Mapping[str, Any], *, group: ChannelGroup) -> Channel | None:
    """The channel that a video's info dict names; None when it names none."""
    channel_id = str(info.get("channel_id") or "")
    if not is_channel_id(channel_id):
        return None
    known = Channel.objects.filter(channel_id=channel_id).first()
    if known:
        return known
    handle = str(info.get("uploader_id") or "")
    title = str(info.get("channel") or info.get("uploader") or "")
    return make_channel(channel_id, handle=handle, title=title, group=group)


def channel_seen(told: Mapping[str, Any], *, group: ChannelGroup) -> Channel | None:
    """The row of a channel that was just listed, refreshed; None when it told no id."""
    channel_id = str(told.get("channel_id") or "")
    if not is_channel_id(channel_id):
        return None
    handle, title = str(told.get("handle") or ""), str(told.get("title") or "")
    channel = Channel.objects.filter(channel_id=channel_id).first()
    channel = channel or make_channel(channel_id, handle=handle, title=title, group=group)
    channel.handle = handle[:100] or channel.handle
    channel.title = title[:200] or channel.title
    channel.description = str(told.get("description") or "") or channel.description
    channel.custom_name = _custom_name(told, channel) or channel.custom_name
    channel.save(update_fields=_TOLD)
    return channel


def _custom_name(told: Mapping[str, Any], channel: Channel) -> str:
    """The "c/name" or "user/name" it was asked for by: no page of its own tells these."""
    name = str(told.get("id") or "")
    if not name.startswith(("c/", "user/")):
        return ""
    Channel.objects.filter(custom_name=name).exclude(pk=channel.pk).update(custom_name="")
    return name


def known_channel(name: str) -> Channel | None:
    """By its "UC…" id, its "@handle", or the "c/name" or "user/name" it was last listed by."""
    ways = Q(channel_id=name) | Q(handle__iexact=name) | Q(custom_name=name)
    return Channel.objects.filter(ways).first()


def make_channel(channel_id: str, *, handle: str, title: str, group: ChannelGroup) -> Channel:
    """Its folder is fixed here; another channel of the same name keeps its own."""
    names = (title, handle.removeprefix("@"))
    taken = {name.casefold() for name in Channel.objects.values_list("folder", flat=True)}
    # The second name is certain to be free, also when another worker just took the first.
    for folder in (
        folder_name(*names, key=channel_id, taken=taken),
        folder_name(*names, key=channel_id, taken=_Everything()),
    ):
        try:
            with transaction.atomic():
                channel, _ = Channel.objects.get_or_create(
                    channel_id=channel_id,
                    defaults={
                        "handle": handle[:100],
                        "title": title[:200],
                        "group": group,
                        "folder": folder,
                    },
                )
            return channel
        except IntegrityError:
            continue
    return Channel.objects.get(channel_id=channel_id)


class _Everything:
    def __contains__(self, name: object) -> bool:
        return True


def playlist_seen(
    playlist_id: str, told: Mapping[str, Any], *, group: ChannelGroup, channel: Channel | None
) -> Playlist:
    playlist, _ = Playlist.objects.get_or_create(playlist_id=playlist_id, defaults={"group": group})
    playlist.title = str(told.get("title") or playlist.title)[:200]
    playlist.description = str(told.get("description") or "") or playlist.description
    playlist.channel = channel or playlist.channel
    playlist.save()
    return playlist


def playlist_listed(playlist: Playlist) -> None:
    """Notes that its listing has just been read to the end."""
    Playlist.objects.filter(pk=playlist.pk).update(last_synced_at=timezone.now())


def tabs_listed(channel: Channel, tabs: Collection[str]) -> None:
    """Notes that these tabs of it have just been read to the end, or to what was known of them.

    Inside a transaction: another listing may note its own tabs at this moment.
    """
    now = timezone.now()
    row = Channel.objects.select_for_update().get(pk=channel.pk)
    row.tabs_listed |= dict.fromkeys(tabs, now.isoformat())
    if {*DEFAULT_TABS} <= {*tabs}:
        row.last_synced_at = now
    row.save(update_fields=("tabs_listed", "last_synced_at"))

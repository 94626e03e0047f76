"""Which group and which profile a job means, by name or by default."""

from __future__ import annotations

import re
from typing import Final

from django.db.models import Q
from django.utils.text import slugify

from channels_app.models import Channel, ChannelGroup, DownloadProfile
from channels_app.storage.names import clean, folder_name

GROUP_NAME_LENGTH: Final = 60
_GROUP_NAME: Final = re.compile(r"[^\W_](?:[\w '&+.,()-]*[\w)+])?")


def default_group() -> ChannelGroup:
    group, _ = ChannelGroup.objects.get_or_create(
        is_default=True, defaults={"name": "Library", "slug": "library", "folder": "library"}
    )
    return group


def default_profile() -> DownloadProfile:
    profile, _ = DownloadProfile.objects.get_or_create(
        is_default=True,
        defaults={"name": "Best up to 1080p", "slug": "best-1080p", "max_height": 1080},
    )
    return profile


def is_group_name(name: str) -> bool:
    """Whether a group may be called so: a clean name that is also a folder's."""
    return (
        len(name) <= GROUP_NAME_LENGTH
        and _GROUP_NAME.fullmatch(name) is not None
        and clean(name) == name
        and slugify(name, allow_unicode=True) != ""
    )


def group_named(name: str) -> ChannelGroup:
    """The group of that name or slug, made when there is none; the default group for ""."""
    if not name:
        return default_group()
    slug = slugify(name, allow_unicode=True)[:GROUP_NAME_LENGTH]
    found = ChannelGroup.objects.filter(Q(slug=name) | Q(slug=slug) | Q(name__iexact=name))
    return found.first() or _make_group(name, slug)


def _make_group(name: str, slug: str) -> ChannelGroup:
    taken = {folder.casefold() for folder in ChannelGroup.objects.values_list("folder", flat=True)}
    folder = folder_name(slug, name, key="group", taken=taken)
    group, _ = ChannelGroup.objects.get_or_create(
        slug=slug, defaults={"name": name, "folder": folder}
    )
    return group


def profile_named(name: str) -> DownloadProfile | None:
    """By slug or name; None when there is none."""
    return DownloadProfile.objects.filter(Q(slug=name) | Q(name__iexact=name)).first()


def profile_for(channel: Channel | None, group: ChannelGroup) -> DownloadProfile:
    """The channel's own, else its group's, else the default."""
    return (channel and channel.profile) or group.profile or default_profile()

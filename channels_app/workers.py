"""What jobs run here: each takes its work and answers how it went."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from channels_app.downloads.fanout import Rule
from channels_app.downloads.listing import ListingDownload
from channels_app.downloads.request import ProfileMissing, VideoRequest
from channels_app.downloads.video import VideoDownload
from channels_app.publishing.publish import NameTaken
from channels_app.storage import errors
from channels_app.storage.volume import MediaRootMissing, media_volume
from jobs.execution.attempt import Work
from jobs.results import Failed, Result
from metadata.cookies import CookiesMissing

_CLASSIFIED = (CookiesMissing, MediaRootMissing, NameTaken, ProfileMissing)


def download_video(work: Work) -> Result:
    request = VideoRequest.of(work.parameters)
    return _classified(lambda: VideoDownload(work, media_volume(), request).run())


def _classified(run: Callable[[], Result]) -> Result:
    """The failures that have a code of their own, and those of the disk."""
    try:
        return run()
    except _CLASSIFIED as error:
        return Failed(error.code, str(error))
    except OSError as error:
        return errors.of_disk(error)


def download_channel(work: Work) -> Result:
    asked = work.parameters
    return _classified(
        ListingDownload(
            work,
            "channel",
            asked["channel_id"],
            {"tabs": asked["tabs"]} if asked.get("tabs") else {},
            group_name=asked.get("group_name", ""),
            rule=_rule(asked, group="group_name"),
        ).run
    )


def download_playlist(work: Work) -> Result:
    asked = work.parameters
    return _classified(
        ListingDownload(
            work,
            "playlist",
            asked["playlist_id"],
            {"playlist_range": asked.get("playlist_range", "")},
            group_name=asked.get("target_group", ""),
            rule=_rule(asked, group="target_group"),
        ).run
    )


def _rule(asked: Mapping[str, Any], *, group: str) -> Rule:
    """What the children are asked for: only what was said, so that equal wishes stay equal."""
    shared = {
        name: asked[name]
        for name in ("profile", "extract_audio", "format_selector")
        if asked.get(name)
    }
    if asked.get(group):
        shared["target_group"] = asked[group]
    return Rule(
        parameters=shared,
        most=asked.get("max_downloads"),
        skip_known=asked.get("download_archive", True),
    )

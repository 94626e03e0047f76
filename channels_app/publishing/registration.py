"""The rows of a published download, in one fenced transaction, and what follows from them."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.utils import timezone

from channels_app.catalog.defaults import default_group
from channels_app.catalog.sources import channel_of
from channels_app.models import ChannelGroup, Event, LibraryEvent, Track, TrackFile
from channels_app.publishing.manifest import Manifest
from channels_app.states import MEDIA_FILES, SOURCE_STATE_SEEN, MediaKind, SourceState, State
from channels_app.storage.quarantine import put_into_quarantine
from channels_app.storage.volume import Volume
from jobs.execution.attempt import Work
from metadata.dates import published_at
from metadata.store.upsert import upsert


def look_at_lease(work: Work) -> None:
    """Raises LeaseLost: from here on a rival attempt may be publishing the same video."""
    with work.fenced():
        return


def hold_track(video_id: str) -> None:
    """Inside a transaction: until its end whoever else asks for the same waits."""
    list(Track.objects.select_for_update().filter(youtube_id=video_id).values_list("pk"))


def finish(work: Work, volume: Volume, manifest: Manifest) -> None:
    """Rows, then the files that were replaced, then the note."""
    with work.fenced():
        register(manifest)
    remove_replaced(volume, manifest, say=work.say)
    manifest.remove(volume)


def remove_replaced(volume: Volume, manifest: Manifest, *, say: Callable[[str], None]) -> None:
    rows = TrackFile.objects.filter(relative_path__in=manifest.replaces)
    known = set(rows.values_list("relative_path", flat=True))
    for name, size in manifest.replaces.items():
        path = volume.root / name
        if name in known or not os.path.lexists(path):
            continue
        if _is_as_downloaded(path, size):
            path.unlink(missing_ok=True)
        else:
            there = put_into_quarantine(volume, path)
            say(f"Put into quarantine, as it was changed after its download: {there}")


def _is_as_downloaded(path: Path, size: int) -> bool:
    """What somebody has changed since is not ours to delete."""
    found = path.lstat()
    return stat.S_ISREG(found.st_mode) and found.st_size == size


def is_recorded(manifest: Manifest) -> bool:
    """Whether the rows say all that `register` would write, whichever attempt wrote them."""
    here = Track.objects.available().filter(youtube_id=manifest.video_id).exists()
    return here and recorded(manifest) == set(manifest.targets)


def recorded(manifest: Manifest) -> set[str]:
    """The targets whose rows are about these very files.

    A target may be the path of an older file that is gone; its row knows that one's sum.
    """
    rows = TrackFile.objects.filter(relative_path__in=manifest.targets)
    known = set(rows.values_list("relative_path", "sha256"))
    return {
        each.target for each in manifest.placements if (each.target, each.file["sha256"]) in known
    }


def register(manifest: Manifest) -> Track:
    """Files switch to the new ones, the track becomes available, and the history says so."""
    upsert(manifest.info, source="full")
    # Deleted since: only the folder's name is left of it, and a new channel needs a group.
    group = ChannelGroup.objects.filter(pk=manifest.group_id).first() or default_group()
    track, _ = Track.objects.get_or_create(youtube_id=manifest.video_id)
    was_here = track.state == State.AVAILABLE
    replaced = _switch_files(track, manifest)
    _update(track, manifest, group)
    _remember(track, manifest, Event.REPLACED if replaced and was_here else Event.ADDED)
    return track


def _switch_files(track: Track, manifest: Manifest) -> int:
    # A row of this path whose file was gone gives way to the file that is there.
    gone = [*manifest.replaces, *manifest.targets]
    replaced, _ = track.files.filter(relative_path__in=gone).delete()
    TrackFile.objects.bulk_create(
        TrackFile(
            track=track,
            relative_path=each.target,
            **{key: value for key, value in each.file.items() if key != "name"},
        )
        for each in manifest.placements
    )
    return replaced


def _update(track: Track, manifest: Manifest, group: ChannelGroup) -> None:
    info = manifest.info
    track.channel = channel_of(info, group=group) or track.channel
    track.title = str(info.get("title") or track.title)[:500]
    track.state, track.reason = State.AVAILABLE, ""
    track.source_state = SOURCE_STATE_SEEN.get(str(info.get("availability")), SourceState.PUBLIC)
    track.media_kind = _media_kind(track)
    track.duration = info.get("duration") or _longest(manifest)
    track.folder, track.stem = manifest.folder, manifest.stem
    track.published_at = published_at(info) or track.published_at
    track.downloaded_at = timezone.now()
    track.save()


def _media_kind(track: Track) -> MediaKind:
    kinds = set(track.files.values_list("kind", flat=True))
    return MediaKind.VIDEO if "video" in kinds else MediaKind.AUDIO


def _longest(manifest: Manifest) -> float | None:
    lengths = [each.file["duration"] for each in manifest.placements]
    return max((length for length in lengths if length), default=None)


def _remember(track: Track, manifest: Manifest, event: Event) -> None:
    media: list[Any] = [each for each in manifest.placements if each.file["kind"] in MEDIA_FILES]
    LibraryEvent.objects.create(
        event=event,
        track=track,
        youtube_id=track.youtube_id,
        title=track.title,
        files=len(manifest.placements),
        bytes=sum(each.file["bytes"] for each in manifest.placements),
        reason=", ".join(each.target for each in media)[:300],
        job_id=manifest.job_id,
    )

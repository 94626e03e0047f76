"""Ordering downloads for channels, playlists and tracks: planned, shown, then submitted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Model

from channels_app.models import Channel, Playlist, Track
from jobs.admin.add_by_url import PERMISSION, submit_all
from jobs.models import Job
from videomind.admin_site import Action
from videomind.plans import Done, Plan, plan_by


@dataclass(frozen=True, slots=True)
class JobRequest:
    """A kind of job for rows of one model."""

    job_type: str
    model: type[Model]
    parameters: Callable[[Any], Mapping[str, Any]]
    target: Callable[[Any], str]
    why_not: Callable[[Any], str] = lambda row: ""

    def plan(self, rows: Sequence[Any]) -> Plan:
        busy = self._busy(rows)

        def why_not(row: Any) -> str:
            return "a job works on it already" if self._key(row) in busy else self.why_not(row)

        return plan_by(rows, why_not)

    def apply(self, ids: Iterable[int], by: str) -> Done:
        wanted = list(ids)
        rows: dict[int, Any] = self.model._default_manager.in_bulk(wanted)
        free = {pk: self.parameters(rows[pk]) for pk in self.plan(list(rows.values())).moving}
        return submit_all(free, self.job_type, ids=wanted, by=by)

    def _key(self, row: Any) -> str:
        return f"{self.job_type}:{self.target(row)}"

    def _busy(self, rows: Sequence[Any]) -> set[str]:
        keys = [self._key(row) for row in rows]
        return set(
            Job.objects.active().filter(unique_key__in=keys).values_list("unique_key", flat=True)
        )


def _action(name: str, label: str, request: JobRequest, explanation: str) -> Action:
    return Action(
        name=name,
        label=label,
        moved="queued",
        button=label,
        plan=request.plan,
        apply=request.apply,
        permission=PERMISSION,
        explanation=explanation,
    )


SYNC_CHANNEL: Final = _action(
    "sync",
    "Sync now",
    JobRequest(
        "channel_download",
        Channel,
        lambda channel: {"channel_id": channel.channel_id},
        lambda channel: str(channel.channel_id),
    ),
    "Lists the channel and downloads what is new. Videos that were given up are left alone.",
)
DOWNLOAD_CHANNEL: Final = _action(
    "download",
    "Download",
    JobRequest(
        "channel_download",
        Channel,
        lambda channel: {"channel_id": channel.channel_id, "download_archive": False},
        lambda channel: str(channel.channel_id),
    ),
    "Lists the channel and tries every video that is not here, also those that were given up.",
)
DOWNLOAD_PLAYLIST: Final = _action(
    "download",
    "Download (sync now)",
    JobRequest(
        "playlist_download",
        Playlist,
        lambda playlist: {"playlist_id": playlist.playlist_id},
        lambda playlist: str(playlist.playlist_id),
    ),
    "Lists the playlist and downloads what is not here.",
)
DOWNLOAD_TRACK: Final = _action(
    "download",
    "Download",
    JobRequest(
        "single_video_download",
        Track,
        lambda track: {"video_id": track.youtube_id},
        lambda track: str(track.youtube_id),
        lambda track: "already here" if track.is_available else "",
    ),
    "Each is one job in the download lane.",
)

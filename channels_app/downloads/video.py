"""Downloading one video: from a wanted track to published files."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cached_property
from typing import cast

from django.conf import settings

from channels_app.catalog.sources import channel_of
from channels_app.downloads.request import VideoRequest, wanted_kind
from channels_app.models import Channel, ChannelGroup, DownloadProfile, Track, TrackFile
from channels_app.models.tracks import download_jobs
from channels_app.publishing.manifest import Manifest
from channels_app.publishing.publish import choose_targets, publish
from channels_app.publishing.recovery import settle_old
from channels_app.states import SOURCE_STATE_OF, State
from channels_app.storage import errors
from channels_app.storage.durable import refuse_closed
from channels_app.storage.staging import Staging, folders, staging
from channels_app.storage.volume import Volume
from jobs.execution.attempt import Work
from jobs.results import Completed, Failed, Result
from jobs.states import FINAL
from metadata.youtube.client.options import ProfileOptions
from metadata.youtube.download.ffmpeg import find_ffmpeg
from metadata.youtube.download.files import Downloaded, DownloadedFile

CHILD = "metadata.youtube.download.video.download"
MEGABYTE = 1_000_000


@dataclass
class VideoDownload:
    """One attempt at one video."""

    work: Work
    volume: Volume
    request: VideoRequest

    def run(self) -> Result:
        self._clear_staging()
        if settle_old(self.work, self.volume, video_id=self.request.video_id):
            return self._found("Published by an earlier attempt; its rows are written.")
        if self.here and not self.request.force:
            return self._found("Already here.")
        ffmpeg = find_ffmpeg(settings.FFMPEG)
        if ffmpeg is None:
            return Failed("ffmpeg_missing", "ffmpeg was not found on this machine.")
        ids = {"job_id": self.work.job_id, "lease": self.work.claim.lease}
        with staging(self.volume, **ids) as mine:
            return self._download(mine, ffmpeg)

    def _clear_staging(self) -> None:
        """Of this job's older attempts, and of ended jobs for the video.

        Whoever holds the lease may: their owners have lost it, and their children with it.
        """
        claim = self.work.claim
        found = folders(self.volume)
        others = self._ended({each.job_id for each in found} - {claim.job_id})
        for each in found:
            if each.job_id in others or (each.job_id == claim.job_id and each.lease < claim.lease):
                each.remove()

    def _ended(self, job_ids: set[int]) -> set[int]:
        if not job_ids:
            return set()
        jobs = download_jobs().filter(target=self.request.video_id, status__in=sorted(FINAL))
        return set(jobs.filter(pk__in=job_ids).values_list("pk", flat=True))

    @cached_property
    def track(self) -> Track:
        """The track, wanted from now on if it was not known."""
        with self.work.fenced():
            track, _ = Track.objects.select_related("channel__group").get_or_create(
                youtube_id=self.request.video_id
            )
        return track

    @cached_property
    def channel(self) -> Channel | None:
        return self.track.channel

    @cached_property
    def profile(self) -> DownloadProfile:
        return self.request.chosen_profile(self.channel)

    @cached_property
    def options(self) -> ProfileOptions:
        return self.request.options(self.profile)

    @cached_property
    def files(self) -> list[TrackFile]:
        return list(self.track.files.all())

    @property
    def here(self) -> bool:
        """Whether the wanted kind of file stands on the disk as its row says."""
        kind = wanted_kind(self.options)
        media = [file for file in self.files if file.kind == kind]
        return self.track.is_available and any(self._stands(file) for file in media)

    def _stands(self, file: TrackFile) -> bool:
        path = self.volume.root / file.relative_path
        return path.is_file() and path.stat().st_size == file.bytes

    def _download(self, mine: Staging, ffmpeg: str) -> Result:
        self._look_at_group_folder()
        began = time.monotonic()
        self.work.say(f"Downloading {self._named} with the profile {self.profile.name!r}.")
        end = self.work.run_child(
            CHILD,
            {
                "video_id": self.request.video_id,
                "profile": self.options,
                "sidecars": self._sidecars(),
                "staging": str(mine.files),
                "ffmpeg": ffmpeg,
                "pacing": settings.PACING_S,
                "cookies_file": mine.cookies(),
                "proxy": settings.PROXY,
            },
        )
        # Before any end is believed: on a disk that went away each failure looks like another one.
        mine.look(self.volume)
        if end.result is None:
            return self._failed(errors.of_child(end))
        made = cast("Downloaded", end.result)
        self.work.ytdlp_version = made["ytdlp_version"]
        manifest = self._manifest(made, mine)
        publish(self.work, self.volume, manifest, source=mine.files)
        return self._published(manifest, made, time.monotonic() - began)

    def _look_at_group_folder(self) -> None:
        """One that takes no files is met before the video is fetched. Raises OSError."""
        group = self.request.group(self.channel)
        refuse_closed(self.volume.root / group.folder)

    @property
    def _named(self) -> str:
        title = self.track.title
        return f"{self.request.video_id} “{title}”" if title else self.request.video_id

    def _sidecars(self) -> dict[str, object]:
        """None for a second media file of the same video: they are here already."""
        if self.track.is_available and self.files and not self.request.force:
            return {}
        return self.profile.sidecars()

    def _manifest(self, made: Downloaded, mine: Staging) -> Manifest:
        info, claim = made["info"], self.work.claim
        group, folder = self._place(info)
        stem, placements = choose_targets(
            self.volume,
            folder=folder,
            title=str(info.get("title") or ""),
            video_id=self.request.video_id,
            files=made["files"],
            source=mine.files,
        )
        return Manifest(
            job_id=claim.job_id,
            lease=claim.lease,
            attempt=claim.attempt_number,
            video_id=self.request.video_id,
            group_id=group.pk,
            folder=folder,
            stem=stem,
            info=info,
            placements=placements,
            replaces=self._replaced_by(made["files"]),
            asked=self.work.parameters,
        )

    def _place(self, info: dict[str, object]) -> tuple[ChannelGroup, str]:
        """The group, and the folder of the channel in it, which is fixed when it is first seen."""
        with self.work.fenced():
            group = self.request.group(self.channel)
            channel = self.channel or channel_of(info, group=group)
            group = self.request.group(channel)
        return group, f"{group.folder}/{channel.folder if channel else 'unknown channel'}"

    def _replaced_by(self, made: list[DownloadedFile]) -> dict[str, int]:
        """Files that now have a successor: all such when forced, else those that are not as their
        rows say. What was not fetched this time takes no older file away.
        """
        successors = {(file["kind"], file["language"]) for file in made}
        return {
            file.relative_path: file.bytes
            for file in self.files
            if (file.kind, file.language) in successors
            and (self.request.force or not self._stands(file))
        }

    def _published(self, manifest: Manifest, made: Downloaded, seconds: float) -> Completed:
        size = sum(file["bytes"] for file in made["files"])
        for warning in made["warnings"]:
            self.work.say(f"Warning: {warning}")
        self.work.say(
            f"Published {len(made['files'])} files, {size / MEGABYTE:.1f} MB in {seconds:.1f} s:"
            f" {manifest.folder}/{manifest.stem}"
        )
        files = manifest.targets
        message = f"{len(files)} files, {size / MEGABYTE:.1f} MB."
        return self._completed(message, files=files, bytes=size, warnings=made["warnings"])

    def _found(self, message: str) -> Completed:
        return Completed(message, {"video_id": self.request.video_id}, asked=False)

    def _completed(self, message: str, **result: object) -> Completed:
        return Completed(message, {"video_id": self.request.video_id, **result})

    def _failed(self, failed: Failed) -> Failed:
        """What the failure says about the video at YouTube is kept on the track."""
        state = SOURCE_STATE_OF.get(failed.code)
        if state is not None:
            fields = {"source_state": state, "reason": failed.message[:300]}
            with self.work.fenced():
                mine = Track.objects.filter(pk=self.track.pk)
                mine.update(source_state=state)
                mine.exclude(state=State.AVAILABLE).update(**fields)
        return failed

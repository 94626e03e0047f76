"""Every kind of job: its lane and what holds it, its times, its form, its worker, its pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.utils.module_loading import import_string

if TYPE_CHECKING:
    from jobs.forms import JobForm
    from jobs.results import Result

MINUTE = 60
HOUR = 60 * MINUTE
LONGEST_TIMEOUT_S = 6 * HOUR
MAX_CRASHES = 3


@dataclass(frozen=True, slots=True)
class Kind:
    """One `job_type`. What other apps have of it is named: jobs imports none of them."""

    job_type: str
    label: str
    lane: str
    timeout_s: int
    stuck_s: int
    form: str
    worker: str
    max_crashes: int = MAX_CRASHES
    max_retries: int | None = None
    """None: the setting MAX_RETRIES."""
    short: bool = False
    """Inline work of moments; the one worker kept free for it claims nothing else."""
    held_by: tuple[str, ...] = ()
    """The causes whose hold stops its lane; all kinds of one lane have the same."""
    admin_list: tuple[str, str] | None = None
    """The admin's list with what it works on, and the column there that holds its target."""
    watch_page: str = ""
    """The route of the page where viewers watch its target."""

    @property
    def retries(self) -> int:
        return settings.MAX_RETRIES if self.max_retries is None else self.max_retries

    @property
    def form_class(self) -> type[JobForm]:
        return cast("type[JobForm]", import_string(self.form))

    @property
    def run(self) -> Callable[[Any], Result]:
        """Takes the attempt's `Work`, which stands above this table."""
        return cast("Callable[[Any], Result]", import_string(self.worker))


_YOUTUBE = ("youtube", "cookies")
_LIBRARY = ("disk", "media_root")

KINDS = (
    Kind(
        "channel_download",
        "Download a channel",
        lane="sync",
        timeout_s=2 * HOUR,
        stuck_s=30 * MINUTE,
        form="channels_app.forms.ChannelDownloadForm",
        worker="channels_app.workers.download_channel",
        held_by=_YOUTUBE,
        admin_list=("admin:channels_app_channel_changelist", "q"),
    ),
    Kind(
        "playlist_download",
        "Download a playlist",
        lane="sync",
        timeout_s=2 * HOUR,
        stuck_s=30 * MINUTE,
        form="channels_app.forms.PlaylistDownloadForm",
        worker="channels_app.workers.download_playlist",
        held_by=_YOUTUBE,
        admin_list=("admin:channels_app_playlist_changelist", "q"),
    ),
    Kind(
        "single_video_download",
        "Download a video",
        lane="download",
        timeout_s=2 * HOUR,
        stuck_s=30 * MINUTE,
        form="channels_app.forms.VideoDownloadForm",
        worker="channels_app.workers.download_video",
        held_by=_YOUTUBE + _LIBRARY,
        admin_list=("admin:channels_app_track_changelist", "youtube_id"),
        watch_page="watch",
    ),
    Kind(
        "metadata_extraction",
        "Extract metadata",
        lane="metadata",
        timeout_s=30 * MINUTE,
        stuck_s=15 * MINUTE,
        form="metadata.forms.MetadataExtractionForm",
        worker="metadata.workers.extract_metadata",
        held_by=_YOUTUBE,
    ),
)

NOOP = Kind(
    "noop",
    "Do nothing (tests and benchmarks)",
    lane="noop",
    timeout_s=MINUTE,
    stuck_s=MINUTE,
    form="jobs.forms.NoopForm",
    worker="jobs.workers.do_nothing",
    short=True,
)


@cache
def kinds() -> Mapping[str, Kind]:
    """All kinds by `job_type`, those of the modules named in EXTRA_KINDS among them."""
    extra: list[Kind] = []
    for module in settings.EXTRA_KINDS:
        extra += import_module(module).KINDS
    return MappingProxyType({kind.job_type: kind for kind in (*KINDS, *extra)})


def kind(job_type: str) -> Kind:
    return kinds()[job_type]


def any_kind(job_type: str) -> Kind:
    """Also for a type that a newer version made and this one does not know."""
    return kinds().get(job_type) or Kind(
        job_type, job_type, lane="", timeout_s=MINUTE, stuck_s=MINUTE, form="", worker=""
    )


def lanes() -> Mapping[str, int | None]:
    """Every lane that a kind uses, with the limit it starts with (None: no limit)."""
    limits: dict[str, int | None] = settings.LANE_LIMITS
    return {each.lane: limits.get(each.lane) for each in kinds().values()}


def log_folder_name(job_id: int, job_type: str) -> str:
    return f"job_{job_id:06d}_{job_type}"

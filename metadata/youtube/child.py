"""What a child process does on YouTube besides downloading: list a source, visit a video, warm up.

Here is yt-dlp and nothing of Django. Failures are raised as `ChildFailed` with a description that
the worker classifies.
"""

from __future__ import annotations

from typing import Any, Final

from jobs.failures import FAILURES as FAILURE_TABLE
from jobs.failures import Policy
from jobs.processes.child import ChildFailed, Events
from metadata.youtube.client.client import FAILURES, VERSION, Patience, Ytdl, told
from metadata.youtube.client.options import Options, listing_options
from metadata.youtube.errors.classify import YtdlpError, classify
from metadata.youtube.listing import entries
from metadata.youtube.listing.pages import Listing
from metadata.youtube.listing.request import ListingRequest
from metadata.youtube.sources import video_url
from metadata.youtube.warm_up import warm_up

__all__ = ["extract_video", "list_source", "warm_up"]

ERRORS_KEPT: Final = 100
# What a full visit adds to a listing's options. With the format named, yt-dlp does not start
# ffmpeg to find out what it could merge.
_VISIT: Final[Options] = {"format": "bv*+ba/b", "noplaylist": True}


def list_source(parameters: dict[str, Any], events: Events) -> dict[str, Any]:
    """Lists a channel or playlist; `full` then visits each video.

    Parameters: see `ListingRequest`. `known` stops it at a page with nothing new, so give it only
    where an earlier listing was `complete`: what a torn one missed would never be found.

    Events: `source` once, `entries` {tab, entries} as each page arrives (or each video, when
    `full`), `entry_error` {id, error}. The result counts what was listed.
    """
    request = ListingRequest.of(parameters)
    ytdl = Ytdl(_options(request), events)
    patience = Patience(request.timeout_s)
    with told(ytdl, "listing"):
        listing = Listing(request, ytdl, events, patience)
        listing.run()
        errors = Visits(listing, ytdl, events, patience).run() if request.full else []
    skipped = len(listing.found.keys() & request.visited) if request.full else 0
    return {
        "complete": not listing.stopped_early,
        "stopped_early": listing.stopped_early,
        "listed": len(listing.found),
        "skipped": skipped,
        "tabs": listing.tabs,
        "errors": errors[:ERRORS_KEPT],
        "ytdlp_version": VERSION,
    }


def extract_video(parameters: dict[str, Any], events: Events) -> dict[str, Any]:
    """One video's whole metadata: `{"id", "cookies_file", "proxy", "timeout_s"}` → `{"info"}`."""
    request = ListingRequest.of({"kind": "video", **parameters})
    ytdl = Ytdl(_options(request), events)
    patience = Patience(request.timeout_s)
    with told(ytdl, "extract"):
        patience.renew()
        info = ytdl.visit(video_url(request.id))
        patience.rest()
    return {"info": entries.full(info), "ytdlp_version": VERSION}


class Visits:
    """The second half of a full run: each listed video, one after the other."""

    def __init__(self, listing: Listing, ytdl: Ytdl, events: Events, patience: Patience) -> None:
        self._listing, self._ytdl = listing, ytdl
        self._events, self._patience = events, patience

    def run(self) -> list[dict[str, Any]]:
        """The errors of those that failed."""
        visited = self._listing.request.visited
        ahead = [entry for key, entry in self._listing.found.items() if key not in visited]
        errors = []
        for number, entry in enumerate(ahead, start=1):
            self._patience.renew()
            error = self._visit(entry)
            self._patience.rest()
            if error is not None:
                errors.append({"id": entry["id"], "error": error})
            self._events.progress(number, len(ahead), f"{number} of {len(ahead)} videos visited")
        return errors

    def _visit(self, entry: entries.Info) -> YtdlpError | None:
        try:
            info = self._ytdl.visit(video_url(entry["id"]))
        except FAILURES as failure:
            error = self._ytdl.describe(failure, "extract")
        else:
            self._patience.rest()
            self._events.send("entries", tab="", entries=[entry | entries.full(info)])
            return None
        if FAILURE_TABLE[classify(error).code].policy is Policy.HOLD:
            # YouTube refuses us, not this video: every further visit would make it worse.
            raise ChildFailed({**error})
        self._patience.rest()
        self._events.send("entry_error", id=entry["id"], error=error)
        return error


def _options(request: ListingRequest) -> Options:
    listing = listing_options(
        proxy=request.proxy,
        cookies_file=request.cookies_file,
        approximate_dates=request.approximate_dates,
    )
    return listing | _VISIT

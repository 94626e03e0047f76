"""Everything that can be made to go wrong, by name, and what then happens on the wire."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from .wire import Ending

Stage = str  # page, player, next, media, captions, thumbnails; browse and resolve for listings


class Fault(StrEnum):
    PRIVATE = "private"
    REMOVED = "removed"
    TERMINATED = "terminated"
    TOS = "tos"
    COPYRIGHT = "copyright"
    AGE = "age"
    MEMBERS = "members"
    MEMBERS_LEVEL = "members_level"
    PREMIUM = "premium"
    PAID = "paid"
    GEO = "geo"
    UPCOMING = "upcoming"
    PREMIERE = "premiere"
    LIVE_ENDED = "live_ended"
    PROCESSING = "processing"
    BOT = "bot"
    SESSION_LIMIT = "session_limit"
    CAPTCHA = "captcha"
    UNAVAILABLE = "unavailable"
    LIVE_NOW = "live_now"
    DRM = "drm"
    NO_FORMATS = "no_formats"
    SABR_ONLY = "sabr_only"
    MISMATCH = "mismatch"
    MEDIA_403 = "media_403"
    MEDIA_403_ONCE = "media_403_once"
    MEDIA_404 = "media_404"
    MEDIA_429 = "media_429"
    MEDIA_503 = "media_503"
    MEDIA_503_ONCE = "media_503_once"
    MEDIA_503_TWICE = "media_503_twice"
    MEDIA_RESET = "media_reset"
    MEDIA_RESET_ONCE = "media_reset_once"
    MEDIA_RESET_AT_ZERO = "media_reset_at_zero"
    MEDIA_TRUNCATED = "media_truncated"
    MEDIA_TRUNCATED_ONCE = "media_truncated_once"
    MEDIA_STALL = "media_stall"
    MEDIA_STALL_ONCE = "media_stall_once"
    MEDIA_HTML = "media_html"
    MEDIA_EMPTY = "media_empty"
    MEDIA_SHORT = "media_short"
    PLAYER_429 = "player_429"
    PLAYER_500 = "player_500"
    PLAYER_500_TWICE = "player_500_twice"
    PLAYER_RESET = "player_reset"
    PLAYER_NOT_JSON = "player_not_json"
    PLAYER_HANG = "player_hang"
    WATCH_429 = "watch_429"
    WATCH_AND_PLAYER_429 = "watch_and_player_429"
    WATCH_AND_PLAYER_RESET = "watch_and_player_reset"
    WATCH_AND_PLAYER_HANG = "watch_and_player_hang"
    CAPTIONS_429 = "captions_429"
    THUMBNAILS_404 = "thumbnails_404"
    LISTING_429 = "listing_429"
    LISTING_503 = "listing_503"
    LISTING_503_TWICE = "listing_503_twice"
    LISTING_EMPTY = "listing_empty"
    LISTING_RESET = "listing_reset"
    LISTING_HANG = "listing_hang"
    HTML_429 = "html_429"
    EVERYTHING_429 = "everything_429"
    EVERYTHING_500 = "everything_500"
    CHANNEL_TERMINATED = "channel_terminated"
    PLAYLIST_PRIVATE = "playlist_private"


@dataclass(frozen=True, slots=True)
class Trouble:
    """What happens instead of an answer.

    With a status of 200 and no body the connection ends as `ending` says: media after a few
    bytes (none if `at_zero`), anything else without a word. `times` is how often it strikes
    (None: always). `until_fresh`: until the player is asked again."""

    stages: tuple[Stage, ...]
    status: int = 200
    body: bytes | None = None
    ending: Ending = Ending.KEEP
    times: int | None = None
    until_fresh: bool = False
    at_zero: bool = False


MEDIA, PLAYER = ("media",), ("player",)
WATCHING = ("page", "player", "next")
LISTING, EVERYTHING = ("browse",), ("page", "browse", "resolve")
NOT_MEDIA = b"<!DOCTYPE html><html><body>Sorry, this is no video.</body></html>\n" * 40

TROUBLES: dict[Fault, Trouble] = {
    Fault.MEDIA_403: Trouble(MEDIA, 403),
    Fault.MEDIA_403_ONCE: Trouble(MEDIA, 403, until_fresh=True),
    Fault.MEDIA_404: Trouble(MEDIA, 404),
    Fault.MEDIA_429: Trouble(MEDIA, 429),
    Fault.MEDIA_503: Trouble(MEDIA, 503),
    Fault.MEDIA_503_ONCE: Trouble(MEDIA, 503, times=1),
    Fault.MEDIA_503_TWICE: Trouble(MEDIA, 503, times=2),
    Fault.MEDIA_RESET: Trouble(MEDIA, ending=Ending.RESET),
    Fault.MEDIA_RESET_ONCE: Trouble(MEDIA, ending=Ending.RESET, times=1),
    Fault.MEDIA_RESET_AT_ZERO: Trouble(MEDIA, ending=Ending.RESET, at_zero=True),
    Fault.MEDIA_TRUNCATED: Trouble(MEDIA, ending=Ending.CLOSE),
    Fault.MEDIA_TRUNCATED_ONCE: Trouble(MEDIA, ending=Ending.CLOSE, times=1),
    Fault.MEDIA_STALL: Trouble(MEDIA, ending=Ending.HANG),
    Fault.MEDIA_STALL_ONCE: Trouble(MEDIA, ending=Ending.HANG, times=1),
    Fault.MEDIA_HTML: Trouble(MEDIA, body=NOT_MEDIA),
    Fault.MEDIA_EMPTY: Trouble(MEDIA, body=b""),
    Fault.PLAYER_429: Trouble(PLAYER, 429),
    Fault.PLAYER_500: Trouble(PLAYER, 500),
    Fault.PLAYER_500_TWICE: Trouble(PLAYER, 500, times=2),
    Fault.PLAYER_RESET: Trouble(PLAYER, ending=Ending.RESET),
    Fault.PLAYER_NOT_JSON: Trouble(PLAYER, body=b"<html>not JSON</html>"),
    Fault.PLAYER_HANG: Trouble(PLAYER, ending=Ending.HANG),
    Fault.WATCH_429: Trouble(("page",), 429),
    Fault.WATCH_AND_PLAYER_429: Trouble(WATCHING, 429),
    Fault.WATCH_AND_PLAYER_RESET: Trouble(WATCHING, ending=Ending.RESET),
    Fault.WATCH_AND_PLAYER_HANG: Trouble(WATCHING, ending=Ending.HANG),
    Fault.CAPTIONS_429: Trouble(("captions",), 429),
    Fault.THUMBNAILS_404: Trouble(("thumbnails",), 404),
}

LISTING_TROUBLES: dict[Fault, Trouble] = {
    Fault.LISTING_429: Trouble(LISTING, 429),
    Fault.LISTING_503: Trouble(LISTING, 503),
    Fault.LISTING_503_TWICE: Trouble(LISTING, 503, times=2),
    Fault.LISTING_EMPTY: Trouble(LISTING, body=b'{"responseContext":{}}'),
    Fault.LISTING_RESET: Trouble(LISTING, ending=Ending.RESET),
    Fault.LISTING_HANG: Trouble(LISTING, ending=Ending.HANG),
    Fault.HTML_429: Trouble(("page",), 429),
    Fault.EVERYTHING_429: Trouble(EVERYTHING, 429),
    Fault.EVERYTHING_500: Trouble(EVERYTHING, 500),
}

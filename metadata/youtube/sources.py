"""A YouTube address into kind and id, and back into the canonical address that yt-dlp gets."""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import NoReturn
from urllib.parse import parse_qs, quote, unquote, urlsplit

MAX_LENGTH = 2048
SITE = "https://www.youtube.com"
ACCEPTED = (
    "give the address of a YouTube channel, playlist or video, such as "
    f"{SITE}/@name, {SITE}/playlist?list=PL… or {SITE}/watch?v=…"
)


class SourceKind(StrEnum):
    """What an address names."""

    CHANNEL = "channel"
    PLAYLIST = "playlist"
    VIDEO = "video"


class Tab(StrEnum):
    """The tabs of a channel that hold videos."""

    VIDEOS = "videos"
    SHORTS = "shorts"
    STREAMS = "streams"
    PLAYLISTS = "playlists"


class SourceRefused(ValueError):
    """One sentence that says why an address is refused and what is accepted."""


@dataclass(frozen=True, slots=True)
class Source:
    """What an outside text names.

    `id` is a video's 11 characters, a playlist's id, or a channel's "@handle", "UC…", "c/Name" or
    "user/Name". Its address is always rebuilt from these.
    """

    kind: SourceKind
    id: str
    tab: Tab | None = None

    @property
    def url(self) -> str:
        """The canonical https address; a channel's with its tab if one was named."""
        if self.kind is SourceKind.VIDEO:
            return video_url(self.id)
        if self.kind is SourceKind.PLAYLIST:
            return playlist_url(self.id)
        return channel_url(self.id) if self.tab is None else channel_tab_url(self.id, self.tab)


_TUBE_HOSTS = frozenset({
    "youtube.com", "www.youtube.com", "m.youtube.com", "music.youtube.com",
    "youtube-nocookie.com", "www.youtube-nocookie.com",
})  # fmt: skip
_SHORT_HOST = "youtu.be"
_NETLOC = re.compile(r"([a-z.-]+)(?::(?:80|443))?", re.ASCII)
_VIDEO_ID = re.compile(r"[0-9A-Za-z_-]{11}")
_CHANNEL_ID = re.compile(r"UC[0-9A-Za-z_-]{22}")
_PLAYLIST_ID = re.compile(
    r"PL(?:[0-9A-Za-z_-]{32}|[0-9A-Fa-f]{16})"  # of today, of before 2013
    r"|(?:UU(?:LF|SH|LV|LP|MO|MF|MS|MV|PV|PS)?|FL|PU)[0-9A-Za-z_-]{22}"  # made from a channel's id
    r"|OLAK5uy_[0-9A-Za-z_-]{33}"  # an album
)
_NOT_A_LIST = re.compile(r"(?:WL|HL|LL|LM|RD|UL|TL)[0-9A-Za-z_-]*")
_VIDEO_PATHS = frozenset({"shorts", "live", "embed", "v"})
_NAMED_CHANNELS = frozenset({"c", "user"})
_TABS: dict[str, Tab | None] = {"": None, "featured": None, **{tab.value: tab for tab in Tab}}
_UPLOADS = {Tab.VIDEOS: "UULF", Tab.SHORTS: "UUSH", Tab.STREAMS: "UULV"}


def parse_source(text: str, *, expect: SourceKind | None = None) -> Source:
    """What the text names; SourceRefused for everything that is not plainly YouTube."""
    text = text.strip()
    _refuse_odd(text)
    source = _bare(text) or _from_url(text)
    if expect is not None and source.kind is not expect:
        _refuse(f"This is a {source.kind}, but a {expect} is wanted here")
    return source


def is_video_id(text: str) -> bool:
    """Whether this is exactly the 11 characters of a video's id."""
    return _VIDEO_ID.fullmatch(text) is not None


def is_playlist_id(text: str) -> bool:
    """Whether this is exactly the id of a playlist that anyone may list and that ends."""
    return _PLAYLIST_ID.fullmatch(text) is not None


def is_channel_id(text: str) -> bool:
    """Whether this is exactly a channel's 24-character "UC…" id."""
    return _CHANNEL_ID.fullmatch(text) is not None


def video_url(video_id: str) -> str:
    """The watch page of a video."""
    if not is_video_id(video_id):
        _refuse("A video's id has 11 letters, digits, - or _")
    return f"{SITE}/watch?v={video_id}"


def playlist_url(playlist_id: str) -> str:
    """The page of a playlist."""
    if not is_playlist_id(playlist_id):
        _refuse("This is not a playlist's id")
    return f"{SITE}/playlist?list={playlist_id}"


def channel_url(channel: str) -> str:
    """The page of a channel, from "@handle", "UC…", "c/Name" or "user/Name"."""
    if is_channel_id(channel):
        return f"{SITE}/channel/{channel}"
    if not _is_channel_path(channel):
        _refuse("This is not a channel's name or id")
    return f"{SITE}/{quote(channel, safe='@/')}"


def channel_tab_url(channel: str, tab: Tab) -> str:
    """One tab of a channel."""
    return f"{channel_url(channel)}/{tab}"


def uploads_list(channel_id: str, tab: Tab) -> str | None:
    """The playlist with the same videos as a tab, listed in a third of the time.

    None where there is none: for handles and names, and for the playlists tab. YouTube may lack the
    list of a given channel, so the tab remains the fallback.
    """
    prefix = _UPLOADS.get(tab)
    return f"{prefix}{channel_id[2:]}" if prefix and is_channel_id(channel_id) else None


def _refuse(why: str) -> NoReturn:
    raise SourceRefused(f"{why}; {ACCEPTED}.")


def _refuse_odd(text: str) -> None:
    if not text:
        _refuse("The address is empty")
    if len(text) > MAX_LENGTH:
        _refuse(f"The address is longer than {MAX_LENGTH} characters")
    if any(_is_odd(character) for character in text):
        _refuse("The address has a space, backslash or invisible character in it")


def _is_odd(character: str) -> bool:
    unseen = character.isspace() or unicodedata.category(character).startswith("C")
    return unseen or character == "\\"


def _bare(text: str) -> Source | None:
    if is_channel_id(text) or _is_handle(text):
        return Source(SourceKind.CHANNEL, text)
    if is_video_id(text):
        return Source(SourceKind.VIDEO, text)
    return Source(SourceKind.PLAYLIST, text) if is_playlist_id(text) else None


def _from_url(text: str) -> Source:
    try:
        host, parts, query = _taken_apart(text)
    except ValueError:  # brackets, look-alike dots, bytes that are not UTF-8
        _refuse("The address cannot be read")
    if host == _SHORT_HOST:
        return _video(parts)
    if host in _TUBE_HOSTS:
        return _page(parts, query)
    _refuse("This is not an http or https address of YouTube")


def _taken_apart(text: str) -> tuple[str, list[str], dict[str, list[str]]]:
    split = urlsplit(text)
    # lower() makes a k of the Kelvin sign, so nothing but ASCII may reach it.
    netloc = _NETLOC.fullmatch(split.netloc.lower() if split.netloc.isascii() else "")
    host = netloc[1] if netloc and split.scheme in ("http", "https") else ""
    path = split.path.removeprefix("/").removesuffix("/")
    return host, [unquote(part, errors="strict") for part in path.split("/")], parse_qs(split.query)


def _page(parts: list[str], query: dict[str, list[str]]) -> Source:
    if parts == ["watch"] and "v" in query:
        return _video(query["v"][:1])
    if parts in (["watch"], ["playlist"], ["embed", "videoseries"]):
        return _playlist(query.get("list", [""])[0])
    if parts[0] in _VIDEO_PATHS:
        return _video(parts[1:])
    return _channel(parts)


def _video(parts: list[str]) -> Source:
    if len(parts) != 1 or not is_video_id(parts[0]):
        _refuse("The video's id is missing or cut short (it has 11 characters)")
    return Source(SourceKind.VIDEO, parts[0])


def _playlist(playlist_id: str) -> Source:
    if is_playlist_id(playlist_id):
        return Source(SourceKind.PLAYLIST, playlist_id)
    if _NOT_A_LIST.fullmatch(playlist_id):
        _refuse("This list is a private one or an endless mix, which cannot be followed")
    _refuse("The playlist's id is missing or cut short")


def _channel(parts: list[str]) -> Source:
    length = 1 if parts[0].startswith("@") else 2
    channel, rest = "/".join(parts[:length]), "/".join(parts[length:])
    channel = channel.removeprefix("channel/") if parts[0] == "channel" else channel
    known = is_channel_id(channel) if parts[0] == "channel" else _is_channel_path(channel)
    if not known or rest not in _TABS:
        _refuse("This page of YouTube is not a channel, playlist or video")
    return Source(SourceKind.CHANNEL, channel, _TABS[rest])


def _is_channel_path(channel: str) -> bool:
    kind, slash, name = channel.partition("/")
    return _is_name(name, 1, 100) if slash and kind in _NAMED_CHANNELS else _is_handle(channel)


def _is_handle(text: str) -> bool:
    return text.startswith("@") and _is_name(text[1:], 3, 60)


def _is_name(name: str, shortest: int, longest: int) -> bool:
    # One letter or digit at least: HTTP clients would resolve "c/.." to another page.
    return (
        shortest <= len(name) <= longest
        and all(_is_name_character(character) for character in name)
        and any(character.isalnum() for character in name)
    )


def _is_name_character(character: str) -> bool:
    # \w lacks the vowel signs that Hindi, Thai or Tamil names are written with (categories M…).
    written = character.isalnum() or unicodedata.category(character).startswith("M")
    return written or character in "_.-·"

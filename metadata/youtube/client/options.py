"""Presets into the options that yt-dlp gets: plain values, to which the child adds its hooks."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal, TypedDict

Container = Literal["mp4", "mkv", "webm"]
AudioFormat = Literal["m4a", "mp3", "opus"]
Options = dict[str, Any]


class ProfileOptions(TypedDict):
    """What a download profile decides about the file."""

    max_height: int | None
    audio_only: bool
    container: Container
    audio_format: AudioFormat
    format_selector: str  # from administrators only; "" for the preset


# yt-dlp takes each entry as a regular expression and wants the whole of an extractor's IE_NAME to
# match, whatever its case. Without "default" or "all" nothing else is loaded, the generic and the
# "unsupported" extractor included. Every address that sources.py builds is known to one of these.
ALLOWED_EXTRACTORS: Final = (r"^youtube$", r"^youtube:tab$", r"^youtube:playlist$")

# Plugins have no option: they are read while the first YoutubeDL of a process is made, unless this
# stands in its environment (or yt_dlp.globals.plugin_dirs.value is []). Configuration files need
# nothing: only the command line reads them.
CHILD_ENVIRONMENT: Final[Mapping[str, str]] = {"YTDLP_NO_PLUGINS": "1"}

# Silence per read. A server that is well answers in one or two seconds, and a stall costs this
# times (RETRIES + 1): a minute, where yt-dlp's 20 s and the command line's 10 retries cost four.
SOCKET_TIMEOUT_S: Final = 15
# The job itself is retried with growing pauses, so the tries inside one attempt stay few.
RETRIES: Final = 3

_RECORDED_AS: Final[Mapping[AudioFormat, str]] = {"m4a": "acodec^=mp4a", "opus": "acodec=opus"}
_PLAYS_IN: Final[Mapping[Container, str]] = {
    "mp4": "bv*[vcodec~='^(avc|av0?1)']+ba[acodec^=mp4a]/",  # browsers do not play VP9 in mp4
    "webm": "bv*[vcodec~='^(vp0?9|av0?1)']+ba[acodec=opus]/",
    "mkv": "",
}
_CODECS_FIRST: Final[Mapping[Container, tuple[str, ...]]] = {
    "mp4": ("vcodec:h264", "acodec:aac"),  # plays everywhere; AV1 only above what H.264 reaches
    "webm": ("vcodec:vp9", "acodec:opus"),
    "mkv": (),
}
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*", re.ASCII)


def pause_before_retry(n: int) -> float:
    """Seconds before try n + 2 inside yt-dlp (n from 0): 1, 2, 4 … 30.

    yt-dlp calls it by the name n, and without it does not pause at all.
    """
    return min(30.0, 2.0 ** min(max(n, 0), 5))


def format_for(profile: ProfileOptions) -> str:
    """The format expression. The height is left to `format_sort_for`, so something always fits."""
    if profile["format_selector"]:
        return profile["format_selector"]
    if not profile["audio_only"]:
        return f"{_PLAYS_IN[profile['container']]}bv*+ba/b"
    recorded = _RECORDED_AS.get(profile["audio_format"])
    return f"ba[{recorded}]/ba/b" if recorded else "ba/b"


def format_sort_for(profile: ProfileOptions) -> list[str]:
    """What makes one format better than another, the most important first.

    `res:1080` is the largest up to 1080 and else the smallest above. It counts the shorter side, so
    an upright short is 1080 and not 1920. The language stands first: yt-dlp would otherwise put it
    behind the codecs and could take a dubbed track.
    """
    if profile["audio_only"]:
        return ["lang"]
    height = profile["max_height"]
    size = f"res:{height}" if height else "res"
    return ["lang", size, "fps", *_CODECS_FIRST[profile["container"]]]


def download_options(
    profile: ProfileOptions,
    *,
    staging: str,
    ffmpeg: str | None,
    pacing: float,
    cookies_file: str | None,
    proxy: str | None,
) -> Options:
    """One video into an empty staging folder, and nothing beside it.

    `ffmpeg` is the path of the program itself (yt-dlp does not recognise a folder under another
    name), None to look on PATH. `cookies_file` is a copy for this child alone: yt-dlp writes it
    back when it closes. The child adds `logger`, `progress_hooks`, `postprocessor_hooks` and
    `retry_sleep_functions`. A broadcast that is on air is for the child to turn away.
    """
    return {
        **_base(cookies_file=cookies_file, proxy=proxy),
        **_files(staging),
        **_encoding(profile),
        **({"ffmpeg_location": ffmpeg} if ffmpeg else {}),
        "noplaylist": True,
        "sleep_interval_requests": pacing,
    }


def sidecar_options(
    profile: ProfileOptions,
    languages: Iterable[str],
    *,
    staging: str,
    ffmpeg: str | None,
    pacing: float,
    cookies_file: str | None,
    proxy: str | None,
    automatic: bool = True,
    thumbnail: bool = True,
) -> Options:
    """The second step, after the video is verified: captions of these languages and the picture.

    A caption that fails raises, and then the picture is not tried; ask for them apart (no
    languages, or `thumbnail=False`) where one must not cost the other.
    """
    wanted = caption_patterns(languages)
    options = download_options(
        profile,
        staging=staging,
        ffmpeg=ffmpeg,
        pacing=pacing,
        cookies_file=cookies_file,
        proxy=proxy,
    )
    return options | {
        "skip_download": True,
        "postprocessors": [],
        "ignore_no_formats_error": True,  # the video is here already; its formats do not matter
        "writesubtitles": bool(wanted),
        "writeautomaticsub": bool(wanted) and automatic,
        "subtitleslangs": wanted,
        "subtitlesformat": "vtt/best",
        "sleep_interval_subtitles": pacing,
        "writethumbnail": thumbnail,
    }


def listing_options(
    *,
    proxy: str | None,
    cookies_file: str | None,
    incomplete_is_error: bool = True,
    playlist_items: str = "",
    max_entries: int | None = None,
    approximate_dates: bool = False,
) -> Options:
    """A flat listing, page by page: for `extract_info(url, download=False, process=False)`.

    `playlist_items` is yt-dlp's own "1-20,25"; it wins over `max_entries`.
    """
    youtube = {"raise_incomplete_data": [""]} if incomplete_is_error else {}
    tab = {"approximate_date": [""]} if approximate_dates else {}
    items = playlist_items or (f"1-{max_entries}" if max_entries else "")
    return {
        **_base(cookies_file=cookies_file, proxy=proxy),
        **({"playlist_items": items} if items else {}),
        "extract_flat": "in_playlist",
        "lazy_playlist": True,
        "skip_download": True,
        # Without it a list that breaks off in the middle is a warning and looks complete.
        "extractor_args": {"youtube": youtube, "youtubetab": tab},
    }


def caption_patterns(languages: Iterable[str]) -> list[str]:
    """Language codes as yt-dlp wants them; ValueError for what is none.

    yt-dlp reads regular expressions, a leading "-" as "not these", and "all" as the hundred
    machine translations of every video.
    """
    wanted = list(dict.fromkeys(languages))
    wrong = [code for code in wanted if code == "all" or not _LANGUAGE.fullmatch(code)]
    if wrong:
        raise ValueError(f"Not a language code: {', '.join(wrong)}.")
    return wanted


def _base(*, cookies_file: str | None, proxy: str | None) -> Options:
    return {
        **({"cookiefile": cookies_file} if cookies_file else {}),
        **({"proxy": proxy} if proxy is not None else {}),
        **_walls(),
        **_patience(),
        **_quiet(),
    }


def _walls() -> Options:
    return {
        "allowed_extractors": list(ALLOWED_EXTRACTORS),
        "ignoreerrors": False,  # else a failed video is a None and a cut listing looks whole
        "external_downloader": {"default": "native"},
        "usenetrc": False,
        "enable_file_urls": False,
        "remote_components": [],
        "cachedir": False,
    }


def _patience() -> Options:
    return {
        "socket_timeout": SOCKET_TIMEOUT_S,
        "retries": RETRIES,
        "fragment_retries": RETRIES,
        "file_access_retries": RETRIES,
        "extractor_retries": RETRIES,
        "skip_unavailable_fragments": False,  # a gap in the middle would pass for a whole file
    }


def _quiet() -> Options:
    return {"quiet": True, "noprogress": True, "color": "never", "consoletitle": False}


def _files(staging: str) -> Options:
    # One absolute template and no `paths`: yt-dlp warns when both are given. It expands $NAME and
    # has no working escape, so an empty field stands behind each dollar sign of the folder.
    folder = staging.rstrip("/").replace("%", "%%").replace("$", "$%(id).0s")
    return {
        "outtmpl": {
            "default": f"{folder}/%(id)s.%(ext)s",
            "chapter": f"{folder}/%(id)s.%(section_number)03d.%(ext)s",
        },
        "nopart": True,
        "continuedl": False,
        "overwrites": True,
        "writeinfojson": False,
        "allow_playlist_files": False,
        "check_formats": False,
    }


def _encoding(profile: ProfileOptions) -> Options:
    chosen: Options = {"format": format_for(profile), "format_sort": format_sort_for(profile)}
    if profile["audio_only"]:
        return chosen | _audio(profile["audio_format"])
    # mkv holds what the wanted container cannot.
    containers = dict.fromkeys((profile["container"], "mkv"))
    return chosen | {"merge_output_format": "/".join(containers), "postprocessors": []}


def _audio(wanted: AudioFormat) -> Options:
    extract = {"key": "FFmpegExtractAudio", "preferredcodec": wanted, "preferredquality": "5"}
    return {"postprocessors": [extract], "final_ext": wanted}

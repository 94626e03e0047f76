"""Each fault of a video makes the real yt-dlp say what it says when YouTube itself fails so."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.youtube import Channel, Fault, LoopbackYouTube

from .ytdlp import YtDlp, watch

COOKIES = "Use --cookies-from-browser or --cookies for the authentication."
NO_FORMAT = "Requested format is not available. Use --list-formats for a list of available formats"
ONLY_IMAGES = "Only images are available for download."
TAKES_A_MOMENT: dict[str, Any] = {"socket_timeout": 0.7, "retries": 0, "extractor_retries": 0}


@dataclass(frozen=True)
class Row:
    """`says` follows "ERROR: [youtube] ID: "; None means that yt-dlp copes."""

    says: str | None
    warns: tuple[str, ...] = ()
    inner: str | None = "ExtractorError"
    options: dict[str, Any] = field(default_factory=dict)
    prefix: str = "ERROR: [youtube] {id}: "


def media(says: str, inner: str | None = None, **options: Any) -> Row:
    return Row(says, inner=inner, options=options, prefix="ERROR: ")


def failing_player(*warns: str, **options: Any) -> Row:
    return Row(NO_FORMAT, (*warns, ONLY_IMAGES), options=options)


COPES = Row(None, inner=None)

ROWS: dict[Fault, Row] = {
    Fault.PRIVATE: Row(
        "Private video. Sign in if you've been granted access to this video. " + COOKIES
    ),
    Fault.REMOVED: Row("Video unavailable. This video has been removed by the uploader"),
    Fault.TERMINATED: Row(
        "Video unavailable. This video is no longer available because the YouTube account "
        "associated with this video has been terminated."
    ),
    Fault.TOS: Row("This video has been removed for violating YouTube's Terms of Service"),
    Fault.COPYRIGHT: Row(
        "Video unavailable. This video contains content from Example Music, "
        "who has blocked it on copyright grounds"
    ),
    Fault.AGE: Row(
        "Sign in to confirm your age. This video may be inappropriate for some users. " + COOKIES
    ),
    Fault.MEMBERS: Row(
        "Join this channel to get access to members-only content like this video, "
        "and other exclusive perks."
    ),
    Fault.MEMBERS_LEVEL: Row(
        "This video is available to this channel's members on level: Gold (or any higher level). "
        "Join this channel to get access to members-only content and other exclus"
    ),
    Fault.PREMIUM: Row("This video is only available to Music Premium members"),
    Fault.PAID: Row("This video requires payment to watch"),
    Fault.GEO: Row(
        "The uploader has not made this video available in your country\n"
        "This video is available in Japan, Korea, Republic of.\n"
        "You might want to use a VPN or a proxy ",
        inner="GeoRestrictedError",
    ),
    Fault.UPCOMING: Row("This live event will begin in 3 hours."),
    Fault.PREMIERE: Row("Premieres in 3 hours"),
    Fault.LIVE_ENDED: Row("This live stream recording is not available."),
    Fault.PROCESSING: Row("We're processing this video. Check back later."),
    Fault.BOT: Row("Sign in to confirm you’re not a bot. " + COOKIES),
    Fault.SESSION_LIMIT: Row(
        "This content isn't available, try again later. The current session has been rate-limited "
        "by YouTube for up to an hour. It is recommended to use `-t sleep` to ad"
    ),
    Fault.CAPTCHA: Row(
        "Confirm that you are human. YouTube is requiring a captcha challenge before playback"
    ),
    Fault.UNAVAILABLE: Row("Video unavailable"),
    Fault.DRM: Row(
        NO_FORMAT,
        (
            "Some visionos client https formats have been skipped as they are DRM pro",
            "This video is drm protected and only images are available for download.",
        ),
    ),
    Fault.NO_FORMATS: Row(NO_FORMAT, (ONLY_IMAGES,)),
    Fault.SABR_ONLY: failing_player(
        "Some visionos client https formats have been skipped as they are missing"
    ),
    Fault.MISMATCH: Row(
        "All player responses are invalid. Your IP is likely being blocked by Youtube"
    ),
    Fault.MEDIA_403: media("unable to download video data: HTTP Error 403: Forbidden", "HTTPError"),
    Fault.MEDIA_403_ONCE: media(
        "unable to download video data: HTTP Error 403: Forbidden", "HTTPError"
    ),
    Fault.MEDIA_404: media("unable to download video data: HTTP Error 404: Not Found", "HTTPError"),
    Fault.MEDIA_429: media(
        "unable to download video data: HTTP Error 429: Too Many Requests", "HTTPError"
    ),
    Fault.MEDIA_503: media(
        "\r[download] Got error: HTTP Error 503: Service Unavailable. Giving up after 1 retries"
    ),
    Fault.MEDIA_503_ONCE: COPES,
    Fault.MEDIA_503_TWICE: Row(None, inner=None, options={"retries": 2}),
    Fault.MEDIA_RESET: media("\r[download] Got error: 672 bytes read, "),
    Fault.MEDIA_RESET_ONCE: COPES,
    Fault.MEDIA_RESET_AT_ZERO: media(
        "\r[download] Got error: ('Unable to connect to proxy', RemoteDisconnected("
    ),
    Fault.MEDIA_TRUNCATED: media("\r[download] Got error: 672 bytes read, "),
    Fault.MEDIA_TRUNCATED_ONCE: COPES,
    Fault.MEDIA_STALL: media(
        "\r[download] Got error: HTTPSConnectionPool(host='rr1---sn-loopback.googlevideo.com', "
        "port=443): Read timed out.. Giving up after 1 retries",
        **TAKES_A_MOMENT | {"retries": 1},
    ),
    Fault.MEDIA_STALL_ONCE: Row(None, inner=None, options=TAKES_A_MOMENT | {"retries": 1}),
    Fault.MEDIA_HTML: media("Postprocessing: ", "FFmpegPostProcessorError"),
    Fault.MEDIA_EMPTY: media("Did not get any data blocks"),
    Fault.MEDIA_SHORT: COPES,
    Fault.PLAYER_429: failing_player("Unable to download API page: HTTP Error 429: Too Many Req"),
    Fault.PLAYER_500: failing_player("Unable to download API page: HTTP Error 500: Internal Serv"),
    Fault.PLAYER_500_TWICE: Row(
        None,
        ("HTTP Error 500: Internal Server Error. Retrying (2/3)...",),
        inner=None,
        options={"extractor_retries": 3},
    ),
    Fault.PLAYER_RESET: failing_player(
        "Unable to download API page: ('Unable to connect to proxy', RemoteDiscon"
    ),
    Fault.PLAYER_NOT_JSON: failing_player("Failed to parse JSON"),
    Fault.PLAYER_HANG: failing_player(
        "Unable to download API page: HTTPSConnectionPool(host='www.youtube.com', ",
        **TAKES_A_MOMENT,
    ),
    Fault.WATCH_429: Row(
        None, ("Unable to download webpage: HTTP Error 429: Too Many Requests",), inner=None
    ),
    Fault.WATCH_AND_PLAYER_429: Row(
        "Failed to extract any player response; please report this issue on",
        ("Unable to download API page: HTTP Error 429: Too Many Requests",),
    ),
    Fault.WATCH_AND_PLAYER_RESET: Row(
        "Unable to download API page: ('Unable to connect to proxy', RemoteDisconnected",
        inner="ProxyError",
    ),
    Fault.WATCH_AND_PLAYER_HANG: Row(
        "Unable to download API page: HTTPSConnectionPool(host='www.youtube.com', port=443): "
        "Read timed out.",
        inner="TransportError",
        options=TAKES_A_MOMENT,
    ),
}


@pytest.mark.parametrize("fault", ROWS)
def test_a_fault_says_what_youtube_makes_yt_dlp_say(
    fault: Fault, youtube: LoopbackYouTube, ytdlp: YtDlp, garden: Channel
) -> None:
    row = ROWS[fault]
    video = youtube.catalogue.add_video(garden, f"Greenhouse {fault}", captions={})
    youtube.fault(video.video_id, fault)
    outcome = ytdlp.download(watch(video.video_id), **row.options)
    youtube.catalogue.remove_video(video.video_id)
    if row.says is None:
        assert outcome.error is None
        assert outcome.file.exists()
    else:
        expected = row.prefix.format(id=video.video_id) + row.says
        assert (outcome.error or "no exception")[: len(expected)] == expected
    assert outcome.raised == (
        [] if row.says is None else ["DownloadError", *filter(None, [row.inner])]
    )
    for words in row.warns:
        assert any(words in warning for warning in outcome.warnings), outcome.warnings

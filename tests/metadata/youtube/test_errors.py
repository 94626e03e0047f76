"""yt-dlp's words, as measured, into failure codes."""

from __future__ import annotations

import errno as os_errno
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from yt_dlp.networking.exceptions import HTTPError, TransportError
from yt_dlp.utils import DownloadError, ExtractorError, GeoRestrictedError

from jobs.failures import FAILURES, Policy
from metadata.youtube.errors import messages
from metadata.youtube.errors.classify import (
    CODES,
    SENTENCE_LENGTH,
    Verdict,
    YtdlpError,
    classify,
    clean,
    describe,
)

LOGIN = (
    "Use --cookies-from-browser or --cookies for the authentication. See  "
    "https://github.com/yt-dlp/yt-dlp/wiki/FAQ#how-do-i-pass-cookies-to-yt-dlp  for how to "
    "manually pass cookies. Also see  https://github.com/yt-dlp/yt-dlp/wiki/Extractors#exporting-youtube-"
    "cookies  for tips on effectively exporting YouTube cookies"
)
REPORT = (
    "; please report this issue on  https://github.com/yt-dlp/yt-dlp/issues?q= , filling out the "
    "appropriate issue template. Confirm you are on the latest version using  yt-dlp -U"
)
WANTED = "Requested format is not available. Use --list-formats for a list of available formats"
IMAGES = "Only images are available for download. use --list-formats to see them"
DROPPED = "RemoteDisconnected('Remote end closed connection without response')"
POOL = "HTTPSConnectionPool(host='www.youtube.com', port=443): Read timed out. (read timeout=3.0)"
ROTATED = (
    "The provided YouTube account cookies are no longer valid. They have likely been rotated in "
    "the browser as a security measure. For tips on how to effectively export YouTube cookies, "
    "refer to  https://github.com/yt-dlp/yt-dlp/wiki/Extractors#exporting-youtube-cookies ."
)
SABR = (
    "[youtube] f_sabronly1: Some visionos client https formats have been skipped as they are "
    "missing a URL. YouTube may have enabled the SABR-only streaming experiment for the current "
    "session. See  https://github.com/yt-dlp/yt-dlp/issues/12482  for more details"
)
DRM = (
    "[youtube] f_drm000001: Some visionos client https formats have been skipped as they are "
    "DRM protected. "
)
TAB, PAGE = "[youtube:tab] @BigChannel/videos: ", "UCKlga_SQ2wMG3AueamooTHM page 3: "
API = "Unable to download API page: "


@dataclass(frozen=True)
class Sample:
    fault: str
    code: str
    message: str
    inner: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    status: int | None = None
    errno: int | None = None
    stage: str = "extract"
    exception: str = "DownloadError"

    def error(self) -> YtdlpError:
        return {
            "exception": self.exception,
            "inner": list(self.inner),
            "message": self.message,
            "warnings": list(self.warnings),
            "http_status": self.status,
            "errno": self.errno,
            "stage": self.stage,
        }


def video(fault: str, code: str, reason: str, *warnings: str) -> Sample:
    """What the extractor of a video raises."""
    return Sample(
        fault, code, f"ERROR: [youtube] f_sample001: {reason}", ("ExtractorError",), warnings
    )


def listing(fault: str, code: str, message: str, *inner: str, status: int | None = None) -> Sample:
    return Sample(fault, code, f"ERROR: {message}", inner, status=status, stage="listing")


def media(fault: str, code: str, message: str, *inner: str, status: int | None = None) -> Sample:
    return Sample(fault, code, f"ERROR: {message}", inner, status=status, stage="media")


def told(fault: str, code: str, message: str) -> Sample:
    """A media error that only its text tells of: exc_info is (None, None, None)."""
    return media(fault, code, f"\r[download] Got error: {message}")


def failed(what: str) -> str:
    return f"[youtube] f_x: {API}{what} (caused by <{what}>)"


# LOOPBACK-YOUTUBE.md section 4, row by row; rows that raise nothing have nothing to classify.
MEASURED = (
    video("private", "video_private",
          f"Private video. Sign in if you've been granted access to this video. {LOGIN}"),
    video("removed", "video_removed",
          "Video unavailable. This video has been removed by the uploader"),
    video("terminated", "account_terminated",
          "Video unavailable. This video is no longer available because the YouTube account "
          "associated with this video has been terminated."),
    video("tos", "tos_removed",
          "This video has been removed for violating YouTube's Terms of Service"),
    video("copyright", "copyright_blocked",
          "Video unavailable. This video contains content from Example Music, who has blocked it "
          "on copyright grounds"),
    video("age", "age_restricted",
          f"Sign in to confirm your age. This video may be inappropriate for some users. {LOGIN}"),
    video("members", "members_only",
          "Join this channel to get access to members-only content like this video, and other "
          "exclusive perks."),
    video("members, by level", "members_only",
          "This video is available to this channel's members on level: Gold (or any higher level)."
          " Join this channel to get access to members-only content and other exclusive perks."),
    video("premium", "premium_only", "This video is only available to Music Premium members"),
    video("paid", "payment_required", "This video requires payment to watch"),
    Sample("geo", "geo_blocked",
           "ERROR: [youtube] f_geo000001: The uploader has not made this video available in your "
           "country\nThis video is available in Japan, Korea, Republic of.\nYou might want to use "
           "a VPN or a proxy server (with --proxy) to workaround.", ("GeoRestrictedError",)),
    video("upcoming", "live_not_started", "This live event will begin in 3 hours."),
    video("premiere", "premiere", "Premieres in 3 hours"),
    video("live_ended", "live_recording_unavailable",
          "This live stream recording is not available."),
    video("processing", "still_processing", "We're processing this video. Check back later."),
    video("bot", "bot_check", f"Sign in to confirm you’re not a bot. {LOGIN}"),
    video("session_limit", "session_limited",
          "This content isn't available, try again later. The current session has been "
          "rate-limited by YouTube for up to an hour. It is recommended to use `-t sleep` to add "
          "a delay between video requests to avoid exceeding the rate limit."),
    video("captcha", "captcha",
          "Confirm that you are human. YouTube is requiring a captcha challenge before playback"),
    video("drm", "drm_protected", WANTED, DRM,
          "This video is drm protected and only images are available for download. "
          "use --list-formats to see them"),
    video("no_formats", "no_formats", WANTED, IMAGES),
    video("sabr_only", "needs_newer_ytdlp", WANTED, SABR, IMAGES),
    video("mismatch", "ip_blocked",
          "All player responses are invalid. Your IP is likely being blocked by Youtube",
          'Skipping player responses from visionos clients (got player responses for video "x")'),
    video("unknown video id", "video_removed", "Video unavailable"),
    Sample("truncated id", "unsupported_url",
           "ERROR: [youtube:truncated_id] abc: Incomplete YouTube ID abc. URL "
           "https://www.youtube.com/watch?v=abc looks truncated.", ("ExtractorError",)),
    media("media 403", "youtube_blocked",
          "unable to download video data: HTTP Error 403: Forbidden", "HTTPError", status=403),
    media("media 404", "media_not_found",
          "unable to download video data: HTTP Error 404: Not Found", "HTTPError", status=404),
    media("media 429", "too_many_requests",
          "unable to download video data: HTTP Error 429: Too Many Requests", "HTTPError",
          status=429),
    told("media 503", "server_error",
         "HTTP Error 503: Service Unavailable. Giving up after 10 retries"),
    told("media reset", "truncated_media",
         "672 bytes read, 458309 more expected. Giving up after 10 retries"),
    told("media trunc", "truncated_media",
         "672 bytes read, 458309 more expected. Giving up after 10 retries"),
    told("media stalls always", "read_timeout",
         "HTTPSConnectionPool(host='rr3---sn-fake1.googlevideo.com', port=443): Read timed out.. "
         "Giving up after 1 retries"),
    video("player p429", "too_many_requests", WANTED,
          failed("HTTP Error 429: Too Many Requests"), IMAGES),
    video("player p500", "server_error", WANTED,
          failed("HTTP Error 500: Internal Server Error"), IMAGES),
    video("player preset", "connection_reset", WANTED,
          failed(f"('Unable to connect to proxy', {DROPPED})"), IMAGES),
    video("player pnojson01", "bad_answer", WANTED,
          "[youtube] f_pnojson01: Failed to parse JSON (caused by JSONDecodeError('Expecting value "
          f"in \\'\\': line 1 column 1 (char 0)')){REPORT}", IMAGES),
    video("player w429", "too_many_requests", f"Failed to extract any player response{REPORT}",
          failed("HTTP Error 429: Too Many Requests"), failed("HTTP Error 429: Too Many Requests")),
    video("player hangs", "read_timeout", WANTED, failed(POOL), IMAGES),
    listing("listing: 429 on page 3", "too_many_requests",
            f"{PAGE}{API}HTTP Error 429: Too Many Requests (caused by <HTTPError 429: Too Many "
            "Requests>)", "HTTPError", status=429),
    listing("listing: 503 for good on page 3", "server_error",
            f"{PAGE}{API}HTTP Error 503: Service Unavailable (caused by <HTTPError 503: Service "
            "Unavailable>)", "HTTPError", status=503),
    listing("listing: empty answer on page 3, raised", "incomplete_listing",
            "Incomplete data received", "ExtractorError"),
    listing("listing: reset on page 3", "connection_reset",
            f"{PAGE}{API}('Unable to connect to proxy', {DROPPED}) (caused by ProxyError(…))",
            "ProxyError", "ProxyError"),
    listing("listing: HTML page and API 429", "too_many_requests",
            f"{TAB}{API}HTTP Error 429: Too Many Requests (caused by <HTTPError 429: Too Many "
            "Requests>)", "HTTPError", status=429),
    listing("listing: everything 500", "proxy_failed",
            f"{TAB}{API}('Unable to connect to proxy', OSError('Tunnel connection failed: 500 "
            "Internal Server Error')) (caused by ProxyError(…))", "ProxyError", "ProxyError"),
    listing("channel does not exist", "channel_not_found",
            f"[youtube:tab] @NoSuchChannel/videos: {API}HTTP Error 404: Not Found (caused by "
            "<HTTPError 404: Not Found>)", "HTTPError", status=404),
    listing("channel terminated", "channel_terminated",
            "[youtube:tab] @Terminated: YouTube said: This account has been terminated due to "
            "multiple or severe violations of YouTube's policy against spam, deceptive practices, "
            "and misleading content or other Terms of Service violations.", "ExtractorError"),
    listing("channel has no such tab", "channel_has_no_tab",
            "[youtube:tab] @OnlyShorts: This channel does not have a videos tab", "ExtractorError"),
    listing("channel is not live", "channel_not_live",
            "[youtube:tab] @BigChannel: The channel is not currently live", "UserNotLive"),
    listing("playlist does not exist", "playlist_not_found",
            "[youtube:tab] PLdoesnotexist00000000000000000000: YouTube said: The playlist does not "
            "exist.", "ExtractorError"),
    listing("playlist is private", "playlist_not_found",
            "[youtube:tab] PLprivate00000000000000000000000003: YouTube said: The playlist does "
            "not exist.", "ExtractorError"),
    video("unavailable format", "format_unavailable", WANTED),
    Sample("bad format expression", "bad_format_selector",
           "Invalid format specification: Missing closing/opening brackets or parenthesis\n"
           "\tbest[height>>\n\t             ^", exception="SyntaxError"),
    Sample("title too long for a file name", "name_too_long",
           "ERROR: unable to open for writing: [Errno 36] File name too long: "
           "'長い題名長い題名 [long_title1].f137.mp4.part'", ("OSError",), errno=36, stage="media"),
    Sample("media is an HTML page", "bad_answer",
           "ERROR: Postprocessing: file:الحلقة 41 greenhouse [f_garbage01].f137.mp4: Invalid data "
           "found when processing input", ("FFmpegPostProcessorError",), stage="postprocess"),
    media("media answer is empty", "bad_answer", "Did not get any data blocks"),
    told("media 503 once, API without retries", "server_error",
         "HTTP Error 503: Service Unavailable"),
    Sample("unsupported URL", "unsupported_url",
           "ERROR: Unsupported URL: https://www.youtube.com/t/terms", ("UnsupportedError",)),
    Sample("not a URL", "unsupported_url",
           "ERROR: [generic] 'some words' is not a valid URL", ("ExtractorError",)),
    Sample("DNS failure", "dns_failed",
           f"ERROR: [youtube] full_detail: {API}HTTPSConnection(host='www.youtube.com', port=443): "
           "Failed to resolve 'www.youtube.com' ([Errno -3] Temporary failure in name resolution) "
           "(caused by TransportError(…))",
           ("TransportError", "NameResolutionError", "gaierror"), errno=-3),
    Sample("proxy refuses connection", "proxy_failed",
           f"ERROR: [youtube] full_detail: {API}('Unable to connect to proxy', NewConnectionError("
           '"HTTPSConnection(host=\'127.0.0.1\', port=9): Failed to establish a new connection: '
           '[Errno 111] Connection refused")) (caused by ProxyError(…))',
           ("ProxyError", "ProxyError")),
    Sample("server refuses connection", "connection_refused",
           "ERROR: [generic] video: Unable to download webpage: HTTPConnection(host='127.0.0.1', "
           "port=9): Failed to establish a new connection: [Errno 111] Connection refused (caused "
           "by TransportError(…))",
           ("TransportError", "NewConnectionError", "ConnectionRefusedError"), errno=111),
    Sample("connect times out", "read_timeout",
           "ERROR: [generic] video: Unable to download webpage: (<HTTPConnection(host="
           "'127.0.0.1', port=53319)>, 'Connection to 127.0.0.1 timed out. (connect "
           "timeout=3.0)') (caused by …)",
           ("TransportError", "ConnectTimeoutError", "TimeoutError")),
    Sample("proxy answers 502 to CONNECT", "proxy_failed",
           "ERROR: [generic] video: Unable to download webpage: ('Unable to connect to proxy', "
           "OSError('Tunnel connection failed: 502 Bad Gateway')) (caused by ProxyError(…))",
           ("ProxyError", "ProxyError")),
    Sample("certificate not trusted", "certificate_untrusted",
           f"ERROR: [youtube] full_detail: {API}[SSL: CERTIFICATE_VERIFY_FAILED] certificate "
           "verify failed: unable to get local issuer certificate (_ssl.c:1006) (caused by "
           "CertificateVerifyError(…))", ("CertificateVerifyError", "SSLError")),
    media("ffmpeg missing, bv+ba asked for", "ffmpeg_missing",
          "You have requested merging of multiple formats but ffmpeg is not installed. Aborting "
          "due to --abort-on-error"),
    Sample("ffmpeg missing, audio extraction", "ffmpeg_missing",
           "ERROR: Postprocessing: ffprobe and ffmpeg not found. Please install or provide the "
           "path using --ffmpeg-location", ("PostProcessingError",), stage="postprocess"),
    Sample("disk full", "disk_full",
           "ERROR: unable to write data: [Errno 28] No space left on device", ("OSError",),
           errno=28, stage="media"),
    Sample("disk full while merging", "disk_full",
           "ERROR: Postprocessing: Conversion failed!", ("FFmpegPostProcessorError",),
           ("[out#0/mp4 @ 0x559e5dc5f3c0] Error writing trailer: No space left on device",
            "[out#0/mp4 @ 0x559e5dc5f3c0] Error closing file: No space left on device",
            "Conversion failed!"), stage="media"),
    Sample("file size limit", "file_too_large",
           "ERROR: unable to write data: [Errno 27] File too large", ("OSError",),
           errno=27, stage="media"),
    Sample("folder not writable", "media_root_read_only",
           "ERROR: unable to open for writing: [Errno 30] Read-only file system: 'Everything： "
           "Ünïcöde 🎬 ＂quotes＂ ⧸ slash ＜tag＞ & 100%？ [full_detail].f137.mp4.part'",
           ("OSError",), errno=30, stage="media"),
    Sample("max downloads reached", "internal_error",
           "Maximum number of downloads reached, stopping due to --max-downloads",
           exception="MaxDownloadsReached"),
    video("one bad video in a playlist of three", "video_removed",
          "Video unavailable. This video has been removed by the uploader"),
    told("(no proxy) media reset always", "truncated_media",
         "672 bytes read, 458309 more expected. Giving up after 10 retries"),
    told("(no proxy) media reset at byte 0", "connection_reset",
         f"('Connection aborted.', {DROPPED}). Giving up after 1 retries"),
    told("(no proxy) media truncated always", "truncated_media",
         "672 bytes read, 458309 more expected. Giving up after 10 retries"),
    told("(no proxy) media stalls always", "read_timeout",
         "HTTPSConnectionPool(host='rr3---sn-fake1.googlevideo.com', port=443): Read timed out.. "
         "Giving up after 1 retries"),
    video("(no proxy) player reset", "connection_reset", WANTED,
          failed(f"('Connection aborted.', {DROPPED})"), IMAGES),
    video("(no proxy) player hangs", "read_timeout", WANTED, failed(POOL), IMAGES),
    Sample("(no proxy) watch page and player reset", "connection_reset",
           f"ERROR: [youtube] full_detail: {API}('Connection aborted.', {DROPPED}) (caused by "
           "TransportError(…))", ("TransportError", "ConnectionError")),
    Sample("(no proxy) watch page and player hang", "read_timeout",
           f"ERROR: [youtube] full_detail: {API}{POOL} (caused by TransportError(…))",
           ("TransportError", "ReadTimeout")),
    listing("(no proxy) listing: reset on page 3", "connection_reset",
            f"{PAGE}{API}('Connection aborted.', {DROPPED}) (caused by TransportError(…))",
            "TransportError", "ConnectionError"),
    Sample("(no proxy) everything 500", "server_error",
           f"ERROR: [youtube] full_detail: {API}HTTP Error 500: Internal Server Error (caused by "
           "<HTTPError 500: Internal Server Error>)", ("HTTPError",), status=500),
    Sample("(no proxy) connection refused", "connection_refused",
           f"ERROR: [youtube] full_detail: {API}HTTPSConnection(host='www.youtube.com', port=443): "
           "Failed to establish a new connection: [Errno 111] Connection refused (caused by …)",
           ("TransportError", "NewConnectionError", "ConnectionRefusedError"), errno=111),
)  # fmt: skip

# Known from yt-dlp's source and its users.
KNOWN = (
    video("private, today's words", "video_private", "Video unavailable. This video is private"),
    video("account closed", "account_terminated",
          "Video unavailable. This video is no longer available because the uploader has closed "
          "their YouTube account."),
    video("removed for good", "video_removed", "This video isn't available anymore"),
    video("removed, no reason", "video_removed", "This video is no longer available"),
    video("hate speech", "tos_removed",
          "This video has been removed for violating YouTube's policy on hate speech."),
    video("copyright claim", "copyright_blocked",
          "This video is no longer available due to a copyright claim by Example Music"),
    video("copyright, by country", "geo_blocked",
          "Video unavailable. This video contains content from Example Music, who has blocked it "
          "in your country on copyright grounds"),
    video("geo, class lost", "geo_blocked",
          "The uploader has not made this video available in your country"),
    video("no reason given", "video_unavailable", "This video is not available"),
    video("no reason given twice", "video_unavailable",
          "Video unavailable. This content isn’t available."),
    video("please sign in", "bot_check", f"Please sign in. {LOGIN}"),
    video("captcha, another reason", "captcha",
          "Let's see. YouTube is requiring a captcha challenge before playback"),
    video("rate limit of an account", "session_limited",
          "This content isn’t available, try again later. Your account has been rate-limited by "
          "YouTube for up to an hour."),
    video("premiere starts", "premiere", "Premiere will begin shortly"),
    video("live starts", "live_not_started", "This live event will begin in a few moments."),
    video("live over", "live_recording_unavailable", "This live event has ended."),
    video("drm, raised", "drm_protected", "This video is DRM protected"),
    video("rent", "payment_required", "This video is available for rent"),
    video("app only", "needs_newer_ytdlp",
          "The following content is not available on this app. Watch on the latest version"),
    video("extractor broke", "needs_newer_ytdlp", f"An extractor error has occurred.{REPORT}"),
    video("unexpected", "needs_newer_ytdlp", f"Some words nobody knows{REPORT}"),
    video("signature", "needs_newer_ytdlp", WANTED,
          "[youtube] f_x: Signature solving failed: Some formats may be missing.", IMAGES),
    video("n challenge", "needs_newer_ytdlp", WANTED,
          "[youtube] f_x: n challenge solving failed: Some formats may be missing.", IMAGES),
    video("no runtime", "needs_newer_ytdlp", WANTED,
          "No supported JavaScript runtime could be found.", IMAGES),
    video("drm by experiment", "needs_newer_ytdlp", WANTED,
          DRM + "The current session may have an experiment that applies DRM to all videos on the "
          "tv client.", IMAGES),
    video("player 403", "ip_blocked", WANTED, failed("HTTP Error 403: Forbidden"), IMAGES),
    video("player name lookup", "dns_failed", WANTED,
          failed("Failed to resolve 'www.youtube.com'"), IMAGES),
    video("player network", "network_down", WANTED, failed("Network is unreachable"), IMAGES),
    video("player certificate", "certificate_untrusted", WANTED,
          failed("CERTIFICATE_VERIFY_FAILED"), IMAGES),
    video("a try passed", "format_unavailable", WANTED,
          "[youtube] HTTP Error 503: Service Unavailable. Retrying (2/3)..."),
    video("no video formats", "no_formats", f"No video formats found!{REPORT}"),
    video("no player, no reason", "bad_answer", f"Failed to extract any player response{REPORT}"),
    video("unknown words", "unknown", "Some words nobody knows"),
    video("server's own words", "server_error", "An unknown error has occurred."),
    Sample("API page 403", "ip_blocked", f"ERROR: [youtube] f_x: {API}HTTP Error 403: Forbidden",
           ("HTTPError",), status=403, stage="media"),
    Sample("API page 400", "bad_answer", f"ERROR: [youtube] f_x: {API}HTTP Error 400: Bad Request",
           ("HTTPError",), status=400),
    Sample("page cut off", "connection_reset",
           "ERROR: [youtube] f_x: Unable to download webpage: 5 bytes read, 7 more expected",
           ("IncompleteRead",)),
    Sample("curl's name lookup", "dns_failed",
           f"ERROR: [youtube] f_x: {API}Failed to perform, curl: (6) Could not resolve host",
           ("TransportError", "DNSError")),
    Sample("no route", "network_down", f"ERROR: [youtube] f_x: {API}No route to host",
           ("TransportError", "NewConnectionError", "OSError"), errno=os_errno.EHOSTUNREACH),
    Sample("JSON, raised", "bad_answer", f"ERROR: [youtube] f_x: Failed to parse JSON{REPORT}",
           ("JSONDecodeError",)),
    listing("page 3 not found", "incomplete_listing",
            f"{PAGE}{API}HTTP Error 404: Not Found", "HTTPError", status=404),
    listing("home page instead of a channel", "channel_not_found",
            "[youtube:tab] @Gone: The channel/playlist does not exist and the URL redirected to "
            "youtube.com home page", "ExtractorError"),
    listing("home page instead of a list", "playlist_not_found",
            "[youtube:tab] PLdoesnotexist00000000000000000000: Failed to resolve url (does the "
            "playlist exist?)", "ExtractorError"),
    listing("channel unknown to YouTube", "channel_not_found",
            "[youtube:tab] UCKlga_SQ2wMG3AueamooTHM: YouTube said: This channel does not exist.",
            "ExtractorError"),
    listing("cut off at the start", "incomplete_listing",
            f"{TAB}Incomplete yt initial data received{REPORT}", "ExtractorError"),
    listing("no extractor is allowed to", "unsupported_url",
            "No suitable extractor found for URL https://vimeo.com/1"),
    Sample("folder gone", "media_root_missing",
           "ERROR: unable to open for writing: [Errno 2] No such file or directory: '/m/x.mp4'",
           ("FileNotFoundError",), errno=2, stage="media"),
    Sample("folder of another user", "media_root_read_only",
           "ERROR: Unable to create directory: [Errno 13] Permission denied: '/m/x'",
           ("PermissionError",), errno=13, stage="media"),
    Sample("a program is missing", "unknown", "[Errno 2] No such file or directory: 'x'",
           errno=2, exception="FileNotFoundError"),
    Sample("no space for the audio", "disk_full",
           "ERROR: Postprocessing: audio conversion failed: av_interleaved_write_frame(): No space "
           "left on device", ("PostProcessingError",), stage="postprocess"),
    Sample("quota used up while merging", "disk_full",
           "ERROR: Postprocessing: Conversion failed!", ("FFmpegPostProcessorError",),
           ("av_interleaved_write_frame(): Disk quota exceeded", "Conversion failed!"),
           stage="media"),
    Sample("read-only while merging", "media_root_read_only",
           "ERROR: Postprocessing: Error opening output files: Read-only file system",
           ("FFmpegPostProcessorError",), stage="media"),
    Sample("folder gone while merging", "media_root_missing",
           "ERROR: Postprocessing: Error opening input files: No such file or directory",
           ("FFmpegPostProcessorError",), stage="media"),
    Sample("ffmpeg lacks a library", "conversion_failed",
           "ERROR: Postprocessing: ffmpeg: error while loading shared libraries: libx.so.1: cannot "
           "open shared object file: No such file or directory", ("FFmpegPostProcessorError",),
           stage="media"),
    Sample("ffmpeg fails for a reason of its own", "conversion_failed",
           "ERROR: Postprocessing: Conversion failed!", ("FFmpegPostProcessorError",),
           ("[mp4 @ 0x5602e66dd980] Could not find tag for codec", "Conversion failed!"),
           stage="media"),
    Sample("disk pulled out", "media_root_missing",
           "ERROR: unable to write data: [Errno 5] Input/output error", ("OSError",),
           errno=5, stage="media"),
    Sample("no audio in it", "file_unreadable",
           "ERROR: Postprocessing: WARNING: unable to obtain file audio codec with ffprobe",
           ("PostProcessingError",), stage="postprocess"),
    media("shorter than announced", "truncated_media",
          "content too short (expected 10 bytes and served 5)"),
    told("shorter, retried", "truncated_media",
         "Downloaded 5 bytes, expected 10 bytes. Giving up after 3 retries"),
    media("fragment", "media_not_found", "fragment 3 not found, unable to continue"),
    Sample("cookies file", "cookies_refused", "failed to load cookies",
           exception="CookieLoadError"),
    video("cookies, raised", "cookies_refused", ROTATED),
    Sample("no memory", "child_killed", "", exception="MemoryError"),
    Sample("our bug", "internal_error", "'NoneType' object has no attribute 'get'",
           exception="AttributeError"),
    Sample("captions 429", "sidecar_failed",
           "ERROR: Unable to download video subtitles for 'en': HTTP Error 429: Too Many Requests",
           ("HTTPError",), status=429, stage="sidecar"),
)  # fmt: skip

SAMPLES = (*MEASURED, *KNOWN)
OUR_OWN = {  # codes that no error of yt-dlp means
    "children_failed", "crash_loop", "database_unavailable", "disk_floor", "invalid_parameters",
    "name_taken", "needed_job_failed", "profile_missing", "short_media", "stuck", "target_missing",
    "timed_out", "video_busy", "worker_lost",
}  # fmt: skip


def verdict(message: str, **changes: Any) -> Verdict:
    return classify(Sample("", "", message, **changes).error())


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.fault)
def test_a_known_message_has_its_code(sample: Sample) -> None:
    assert classify(sample.error()).code == sample.code


def test_every_code_that_ytdlp_can_cause_has_a_sample() -> None:
    assert {sample.code for sample in SAMPLES} == CODES


def test_every_code_is_caused_by_ytdlp_or_is_our_own() -> None:
    assert set(FAILURES) == CODES | OUR_OWN
    assert not CODES & OUR_OWN


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.fault)
def test_a_sentence_is_one_line_without_ytdlps_decoration(sample: Sample) -> None:
    sentence = classify(sample.error()).sentence
    assert sentence
    assert not re.search(r"ERROR|\r|\n|\x1b|\[youtube|please report|caused by", sentence)
    assert len(sentence) <= SENTENCE_LENGTH


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.fault)
def test_captions_and_pictures_open_no_hold(sample: Sample) -> None:
    code = classify({**sample.error(), "stage": "sidecar"}).code
    assert FAILURES[code].policy is not Policy.HOLD


def test_a_refused_caption_is_retried() -> None:
    for status in (403, 429):
        message = f"Unable to download video subtitles for 'en': HTTP Error {status}: No"
        code = verdict(message, status=status, stage="sidecar").code
        assert FAILURES[code].policy is Policy.RETRY


@pytest.mark.parametrize(
    "title",
    [
        "Private video", "Sign in to confirm you're not a bot", "HTTP Error 429", "timed out",
        "No space left on device", "ffmpeg not found", "Video unavailable", "[Errno 28]",
        "Postprocessing: Invalid data found when processing input", "Incomplete data received",
    ],
)  # fmt: skip
def test_a_title_does_not_decide(title: str) -> None:
    written = (
        f"ERROR: unable to open for writing: [Errno 36] File name too long: '{title}.mp4.part'"
    )
    assert verdict(written, inner=("OSError",), errno=36).code == "name_too_long"
    assert verdict(written).code == "name_too_long"
    joined = f"ERROR: Postprocessing: file:{title} [x].mp4: moov atom not found"
    assert verdict(joined, inner=("FFmpegPostProcessorError",)).code == "conversion_failed"
    assert verdict(f"ERROR: unable to open for writing: [Errno 16] '{title}'").code == "unknown"
    tags = [f"    title           : {title}", f"      comment         : x: {title}"]
    assert verdict("ERROR: Postprocessing: Conversion failed!", warnings=tags).code == (
        "conversion_failed"
    )


@pytest.mark.parametrize("code", sorted(messages.COOKIES_WOULD_DO))
def test_expired_cookies_are_the_cause_where_cookies_would_have_helped(code: str) -> None:
    for sample in (sample for sample in SAMPLES if sample.code == code):
        error: YtdlpError = {**sample.error(), "warnings": [*sample.warnings, ROTATED]}
        assert classify(error).code == "cookies_refused"


@pytest.mark.parametrize("fault", ["removed", "geo", "disk full", "media 503", "upcoming"])
def test_expired_cookies_do_not_hide_another_cause(fault: str) -> None:
    sample = next(sample for sample in SAMPLES if sample.fault == fault)
    error: YtdlpError = {**sample.error(), "warnings": [ROTATED]}
    assert classify(error).code == sample.code


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("This live event will begin in 3 hours.", timedelta(hours=3)),
        ("This live event will begin in 45 minutes.", timedelta(minutes=45)),
        ("This live event will begin in 1 minute.", timedelta(minutes=1)),
        ("This live event will begin in an hour.", timedelta(hours=1)),
        ("This live event will begin in a few moments.", timedelta(minutes=5)),
        ("This live event will begin in 90 seconds", timedelta(seconds=90)),
        ("Premieres in 2 days", timedelta(days=2)),
        ("Premieres in 3 weeks", timedelta(weeks=3)),
        ("Premiere will begin shortly", timedelta(minutes=5)),
        ("Premieres on Sunday", None),
        ("Premieres in 99999999999999999999 days", None),
        ("Video unavailable", None),
        ("We're processing this video. Come back in 3 hours.", None),
    ],
)
def test_a_promised_time_is_told(text: str, hint: timedelta | None) -> None:
    assert verdict(f"ERROR: [youtube] f_x: {text}").release_at_hint == hint


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        ("ERROR: [youtube] f_x: Premieres in 3 hours", "Premieres in 3 hours"),
        ("\x1b[0;31mERROR:\x1b[0m [youtube] f_x: Video unavailable", "Video unavailable"),
        ("ERROR: \r[download] Got error: timed out", "Got error: timed out"),
        ("ERROR: [youtube:tab] @a: YouTube said: No.", "YouTube said: No."),
        ("ERROR: [youtube] a: No\nMore\nand more", "No"),
        ("ERROR: [youtube] a: No (caused by <HTTPError>)", "No"),
        (f"ERROR: [youtube] a: No{REPORT}", "No"),
        ("a\x07b\tc", "ab\tc"),
        ("proxy http://me:secret@host failed", "proxy http://***@host failed"),
        ("", ""),
        ("x" * 600, "x" * 500),
    ],
)
def test_words_are_cleaned(message: str, sentence: str) -> None:
    assert clean(message) == sentence


@pytest.mark.parametrize(
    ("warnings", "sentence"),
    [
        ((failed("HTTP Error 429: No"), IMAGES), f"{API}HTTP Error 429: No"),
        ((IMAGES, failed("timed out")), f"{API}timed out"),
        ((IMAGES,), IMAGES),
        ((), WANTED),
        (("[youtube] HTTP Error 503: No. Retrying (2/3)...",), WANTED),
    ],
)  # fmt: skip
def test_the_warning_that_decides_is_told(warnings: tuple[str, ...], sentence: str) -> None:
    assert verdict(f"ERROR: [youtube] x: {WANTED}", warnings=warnings).sentence == sentence


def test_the_line_of_ffmpeg_that_decides_is_told() -> None:
    words = ("muxer: No space left on device", "Conversion failed!")
    failed = "ERROR: Postprocessing: Conversion failed!"
    assert verdict(failed, warnings=words).sentence == words[0]
    assert verdict(failed, warnings=words[1:]).sentence == "Postprocessing: Conversion failed!"


def test_an_error_without_words_says_what_the_table_says() -> None:
    assert verdict("", exception="MemoryError").sentence == FAILURES["child_killed"].sentence


class FakeResponse:
    status = 429
    reason = "Too Many Requests"


def http_error() -> HTTPError:
    return HTTPError(FakeResponse())


def raised(exception: BaseException, cause: BaseException | None = None) -> BaseException:
    try:
        raise exception from cause
    except type(exception) as caught:
        return caught


def info(exception: BaseException | None) -> tuple[Any, Any, Any]:
    return (type(exception), exception, None) if exception else (None, None, None)


def test_an_http_error_is_described() -> None:
    outer = DownloadError("ERROR: HTTP Error 429", info(http_error()))
    described = describe(raised(outer), ["one"], "listing")
    assert described == {
        "exception": "DownloadError",
        "inner": ["HTTPError"],
        "message": "ERROR: HTTP Error 429",
        "warnings": ["one"],
        "http_status": 429,
        "errno": None,
        "path": "",
        "stage": "listing",
    }


def test_a_chain_is_described_from_outside_in() -> None:
    refused = ConnectionRefusedError(111, "Connection refused")
    outer = DownloadError("ERROR: x", info(raised(TransportError(cause=refused), refused)))
    described = describe(outer, [], "extract")
    assert described["inner"] == ["TransportError", "ConnectionRefusedError"]
    assert described["errno"] == 111


@pytest.mark.parametrize("exception", [GeoRestrictedError("no"), ExtractorError("no")])
def test_an_extractors_error_is_described(exception: BaseException) -> None:
    described = describe(DownloadError("ERROR: no", info(exception)), [], "extract")
    assert described["inner"] == [type(exception).__name__]


def test_an_error_that_only_its_text_tells_of_is_described() -> None:
    described = describe(DownloadError("ERROR: Giving up", info(None)), [], "media")
    assert (described["inner"], described["http_status"], described["errno"]) == ([], None, None)


def test_what_was_handled_before_is_no_cause_when_a_cause_is_told() -> None:
    gone = ExtractorError("Video unavailable")
    gone.exc_info = info(None)
    outer = DownloadError("ERROR: [youtube] x: Video unavailable", info(gone))
    outer.__context__ = http_error()
    assert describe(outer, [], "extract")["http_status"] is None


def test_an_error_around_it_is_the_cause_when_none_is_told() -> None:
    outer = ValueError("Unable to download video: no space")
    outer.__context__ = OSError(os_errno.ENOSPC, "No space left on device")
    assert describe(outer, [], "media")["errno"] == os_errno.ENOSPC


def test_a_circle_of_causes_ends() -> None:
    one, other = ValueError("1"), ValueError("2")
    one.__cause__, other.__cause__ = other, one
    assert describe(one, [], "extract")["inner"] == ["ValueError"]


def test_warnings_may_be_exceptions() -> None:
    warnings: Sequence[Any] = [ExtractorError("HTTP Error 429", expected=True)]
    assert describe(ValueError(), warnings, "extract")["warnings"] == ["HTTP Error 429"]

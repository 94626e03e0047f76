"""What yt-dlp says to each fault of the loopback YouTube, as measured."""

from __future__ import annotations

from tests.metadata.youtube.errors.samples import (
    API,
    DRM,
    DROPPED,
    IMAGES,
    LOGIN,
    PAGE,
    POOL,
    REPORT,
    SABR,
    TAB,
    WANTED,
    Sample,
    failed,
    listing,
    media,
    told,
    video,
)

# What the loopback YouTube makes yt-dlp say (tests/youtube/faults.py), but for faults that make it
# raise nothing.
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

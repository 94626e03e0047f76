"""An error of yt-dlp as a test has it, and the words that many of them share."""

from __future__ import annotations

from dataclasses import dataclass

from metadata.youtube.errors.classify import YtdlpError

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

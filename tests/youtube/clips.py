"""A few seconds of real H.264 and AAC, made once by ffmpeg for each duration, and pictures."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from zlib import crc32

from .channels import Video
from .mp4 import free_box, smallest_free_box, stamped

VERSION = 2
PALETTES = (
    ("1b4332", "52b788", "d8f3dc"),
    ("03045e", "0096c7", "caf0f8"),
    ("5f0f40", "fb8b24", "ffe8d6"),
    ("3c096c", "c77dff", "e0aaff"),
    ("283618", "dda15e", "fefae0"),
    ("7f1d1d", "ef4444", "fee2e2"),
    ("134e4a", "14b8a6", "ccfbf1"),
    ("1e293b", "64748b", "e2e8f0"),
)
RATE = 10
AVC, AAC = "avc1.42c01e", "mp4a.40.2"


@dataclass(frozen=True)
class Clip:
    itag: int
    mime_type: str
    data: bytes
    width: int = 0
    height: int = 0
    quality: str = ""
    fps: int = RATE

    @property
    def has_audio(self) -> bool:
        return AAC in self.mime_type

    def size_for(self, video: Video) -> int:
        """The size of this video's file: the clip and a free box, larger if it is to be padded."""
        smallest = len(self.data) + smallest_free_box(video.video_id)
        return max(smallest, _wanted_size(self, video))

    def head_for(self, video: Video, size: int) -> bytes:
        """The beginning of this video's file; the rest up to `size` are zeros."""
        box = free_box(video.video_id, size - len(self.data))
        return stamped(self.data, video.video_id) + box


def _wanted_size(clip: Clip, video: Video) -> int:
    # `bytes` is what the best video and the audio weigh together; audio is not padded.
    share = {137: 1.0, 136: 0.5, 18: 0.3}.get(clip.itag, 0.0)
    audio = int(video.duration * 6_000)
    return int(((video.bytes or 0) - audio) * share)


class Clips:
    """Clips by duration, in memory here and on disk for every process of this machine."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or cache_folder()
        self._lock = threading.Lock()
        self._made: dict[int, list[Clip]] = {}

    def of(self, video: Video) -> list[Clip]:
        return self.lasting(video.duration)

    def lasting(self, seconds: float) -> list[Clip]:
        milliseconds = round(seconds * 1000)
        with self._lock:
            if milliseconds not in self._made:
                self._made[milliseconds] = _read(self._folder_for(milliseconds))
            return self._made[milliseconds]

    def one(self, itag: int, seconds: float) -> Clip | None:
        return next((clip for clip in self.lasting(seconds) if clip.itag == itag), None)

    @cached_property
    def pictures(self) -> dict[str, list[bytes]]:
        """Real pictures by extension, so that a page of videos looks like one."""
        folder = _kept(self._folder / "pictures", _draw)
        return {
            name: [(folder / f"{i}.{name}").read_bytes() for i in range(len(PALETTES))]
            for name in ("jpg", "webp")
        }

    def picture_of(self, video_id: str, extension: str) -> bytes:
        """The same one for the same video."""
        return self.pictures[extension][crc32(video_id.encode()) % len(PALETTES)]

    def _folder_for(self, milliseconds: int) -> Path:
        seconds = milliseconds / 1000
        return _kept(self._folder / str(milliseconds), lambda into: _film(into, seconds))


def cache_folder() -> Path:
    given = os.environ.get("VIDEOMIND_CLIP_CACHE")
    return Path(given or Path(tempfile.gettempdir()) / f"videomind-clips-{VERSION}")


def ffmpeg() -> str:
    found = shutil.which("ffmpeg")
    if found:
        return found
    import imageio_ffmpeg  # not needed where a system ffmpeg is

    path: str = imageio_ffmpeg.get_ffmpeg_exe()
    return path


def _kept(folder: Path, make: Callable[[Path], None]) -> Path:
    """The folder, made complete before it appears under its name: workers share the cache."""
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    making = Path(tempfile.mkdtemp(prefix=".making-", dir=folder.parent))
    try:
        make(making)
        making.chmod(0o755)
        making.rename(folder)
    except OSError:
        # Another process was faster; its folder is as good as ours.
        if not folder.is_dir():
            raise
    finally:
        shutil.rmtree(making, ignore_errors=True)
    return folder


def _read(folder: Path) -> list[Clip]:
    def data(name: str) -> bytes:
        return (folder / name).read_bytes()

    both, video, audio = f'"{AVC}, {AAC}"', f'"{AVC}"', f'"{AAC}"'
    return [
        Clip(18, f"video/mp4; codecs={both}", data("18.mp4"), 640, 360, "medium"),
        Clip(136, f"video/mp4; codecs={video}", data("136.mp4"), 1280, 720, "hd720"),
        Clip(137, f"video/mp4; codecs={video}", data("137.mp4"), 1920, 1080, "hd1080"),
        Clip(140, f"audio/mp4; codecs={audio}", data("140.m4a")),
    ]


def _film(into: Path, seconds: float) -> None:
    graph = "[0]split=3[a][b][c];[b]scale=1280:720[hd];[c]scale=640:360[sd]"
    length = ["-t", f"{seconds:.3f}"]
    picture = ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "42", "-pix_fmt", "yuv420p"]
    sound = ["-c:a", "aac", "-b:a", "48k", "-ac", "2", "-ar", "44100"]
    end = [*length, "-movflags", "+faststart"]
    _run(
        ["-f", "lavfi", "-i", f"testsrc=size=1920x1080:rate={RATE}"],
        ["-f", "lavfi", "-i", "sine=frequency=330:sample_rate=44100"],
        ["-filter_complex", graph],
        ["-map", "[a]", *picture, *end, str(into / "137.mp4")],
        ["-map", "[hd]", *picture, *end, str(into / "136.mp4")],
        ["-map", "[sd]", "-map", "1:a", *picture, *sound, *end, str(into / "18.mp4")],
        ["-map", "1:a", *sound, *end, str(into / "140.m4a")],
    )


def _draw(into: Path) -> None:
    for i, (first, second, third) in enumerate(PALETTES):
        colours = f"c0=0x{first}:c1=0x{second}:c2=0x{third}:nb_colors=3:seed={i}"
        _run(
            ["-f", "lavfi", "-i", f"gradients=size=1280x720:rate=1:duration=1:{colours}"],
            ["-frames:v", "1", "-q:v", "12", str(into / f"{i}.jpg")],
            ["-frames:v", "1", "-quality", "40", str(into / f"{i}.webp")],
        )


def _run(*arguments: list[str]) -> None:
    flat = [part for group in arguments for part in group]
    command = [ffmpeg(), "-nostdin", "-v", "error", "-y", *flat]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)

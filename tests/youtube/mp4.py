"""Making one clip into many files: a mark of the video in the streams, a free box behind them."""

from __future__ import annotations

import re
import struct

# Both encoders sign their first frame. The signature is a comment inside the stream, so it
# survives a remux, and writing the id over it gives every video's merged file its own hash.
X264_SIGNATURE = b"x264 - core"
LAVC_SIGNATURE = re.compile(rb"Lavc[\d.]{7,}")

BOX_HEADER = 8


def stamped(clip: bytes, video_id: str) -> bytes:
    """The clip, as long as before, with the id in its video and audio stream."""
    mark = video_id.encode()
    signed = clip.replace(X264_SIGNATURE, mark.ljust(len(X264_SIGNATURE))[: len(X264_SIGNATURE)])
    return LAVC_SIGNATURE.sub(
        lambda found: mark.ljust(len(found[0]), b".")[: len(found[0])], signed
    )


def free_box(video_id: str, size: int) -> bytes:
    """The beginning of a free box of this size; what follows it are zeros."""
    return struct.pack(">I4s", size, b"free") + video_id.encode()


def smallest_free_box(video_id: str) -> int:
    return BOX_HEADER + len(video_id.encode())

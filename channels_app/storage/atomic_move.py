"""Putting a file under its name for good, never over another one, and never half of it."""

from __future__ import annotations

import ctypes
import errno
import hashlib
import os
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final

RENAME_NOREPLACE: Final = 1
AT_FDCWD: Final = -100
PIECE: Final = 8 << 20
HIDDEN: Final = ".videomind-"

# What file systems without hard links, and overlays of them, say to link().
_NO_LINKS: Final = frozenset({
    errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV, errno.EINVAL,
    errno.EACCES,
})  # fmt: skip
_NO_RENAME: Final = frozenset({errno.EINVAL, errno.ENOSYS, errno.EXDEV, errno.EOPNOTSUPP})


def place(source: Path, target: Path, *, look: Callable[[], None]) -> None:
    """Moves a file to a name that nobody has. Raises FileExistsError, and then nothing moved.

    From another file system its bytes are copied to `piece_of` both first; `look` runs meanwhile.
    """
    try:
        move(source, target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        _bring_over(source, target, look)


def move(source: Path, target: Path) -> None:
    """`place` within one file system; between two of them it raises OSError, EXDEV."""
    if not (link_to(source, target) or rename_to(source, target)):
        _reserve(source, target)


def piece_of(source: Path, target: Path) -> Path:
    """The hidden file beside the target that gathers what comes from another file system.

    A killed copy leaves this one and nothing under the target's name. It is called after both
    ends, as every host sees them: a rival's source lies in another folder of staging.
    """
    ends = "/".join((*source.parts[-3:], target.name))
    return target.with_name(f"{HIDDEN}{hashlib.sha256(os.fsencode(ends)).hexdigest()}")


def link_to(source: Path, target: Path) -> bool:
    """False, and nothing moved, where the file system knows no hard links."""
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError as error:
        if error.errno in _NO_LINKS:
            return False
        raise
    source.unlink()
    return True


def rename_to(source: Path, target: Path) -> bool:
    """False, and nothing moved, where the file system has no rename that never replaces."""
    renameat2 = _renameat2()
    if renameat2 is None:
        return False
    ends = (AT_FDCWD, os.fsencode(source), AT_FDCWD, os.fsencode(target))
    if renameat2(*ends, RENAME_NOREPLACE) == 0:
        return True
    code = ctypes.get_errno()
    if code in _NO_RENAME:
        return False
    raise OSError(code, os.strerror(code), str(target))


@cache
def _renameat2() -> Callable[..., int] | None:
    if sys.platform != "linux":
        return None
    function = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if function is None:
        return None
    function.argtypes = [
        ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint,
    ]  # fmt: skip
    return function  # type: ignore[no-any-return]


def _reserve(source: Path, target: Path) -> None:
    """The last resort: the name is taken exclusively, empty, and then filled by a plain rename."""
    target.open("xb").close()
    try:
        source.replace(target)
    except OSError:
        target.unlink(missing_ok=True)
        raise


def _bring_over(source: Path, target: Path, look: Callable[[], None]) -> None:
    piece = piece_of(source, target)
    try:
        copy_to(source, piece, look)
        move(piece, target)
    except BaseException:
        piece.unlink(missing_ok=True)
        raise
    source.unlink()


def copy_to(source: Path, target: Path, look: Callable[[], None]) -> None:
    """With the time of its last change: by that a file is known again without being read."""
    with source.open("rb") as original, target.open("wb") as copy:
        while piece := original.read(PIECE):
            copy.write(piece)
            look()
        copy.flush()
        found = os.fstat(original.fileno())
        os.utime(target, ns=(found.st_atime_ns, found.st_mtime_ns))
        os.fsync(copy.fileno())

"""Putting a file under its name for good, never over another one."""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final

RENAME_NOREPLACE: Final = 1
AT_FDCWD: Final = -100
PIECE: Final = 8 << 20

# What file systems without hard links, and overlays of them, say to link().
_NO_LINKS: Final = frozenset({
    errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV, errno.EINVAL,
    errno.EACCES,
})  # fmt: skip
_NO_RENAME: Final = frozenset({errno.EINVAL, errno.ENOSYS, errno.EXDEV, errno.EOPNOTSUPP})


def place(source: Path, target: Path, *, look: Callable[[], None]) -> None:
    """Moves a file to a name that nobody has. Raises FileExistsError, and then nothing moved.

    `look` runs now and then while bytes are copied.
    """
    if not (_link(source, target) or _rename(source, target)):
        _reserve(source, target, look)


def _link(source: Path, target: Path) -> bool:
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError as error:
        if error.errno in _NO_LINKS:
            return False
        raise
    source.unlink()
    return True


def _rename(source: Path, target: Path) -> bool:
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


def _reserve(source: Path, target: Path, look: Callable[[], None]) -> None:
    """The last resort: the name is taken exclusively, empty, and then filled by a plain rename.

    Bytes are copied only from another file system.
    """
    target.open("xb").close()
    try:
        source.replace(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            target.unlink()
            raise
        _copy(source, target, look)


def _copy(source: Path, target: Path, look: Callable[[], None]) -> None:
    try:
        with source.open("rb") as original, target.open("wb") as copy:
            while piece := original.read(PIECE):
                copy.write(piece)
                look()
            copy.flush()
            os.fsync(copy.fileno())
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    source.unlink()

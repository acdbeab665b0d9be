"""Records as files: opened without following a link, as profiles are. Owns only that; what stands in them is `archive.py`'s.

The folder may be reached by links: which folder is meant is the user's choice, and no file in it can change that.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

LINKED = "it is a link to another file, and links are not followed"
_FLAGS = (
    os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
)


class NoFile(OSError):
    """A folder, a pipe or a device: it may have no end, and opening it may do something."""


def opened(path: Path) -> BinaryIO:
    """For reading, from its beginning. NoFile, or OSError when it is a link or not to be had."""
    mode = os.lstat(path).st_mode
    if stat.S_ISLNK(mode):
        raise OSError(errno.ELOOP, LINKED)
    if not stat.S_ISREG(mode):
        raise NoFile(errno.EINVAL, "it is no ordinary file")
    return os.fdopen(os.open(path, _FLAGS), "rb")


def content(path: Path, most: int) -> bytes:
    """All of it; nothing of what is no ordinary file or is larger than `most` bytes. OSError as `opened`."""
    try:
        with opened(path) as file:
            return file.read() if os.fstat(file.fileno()).st_size <= most else b""
    except NoFile:
        return b""

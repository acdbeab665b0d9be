"""Saving what a command was asked to put into a file: wholly or not at all, never through a link, never over another file unasked."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import TextIO

from rnprog.commands.exits import Ended, Exit, simply
from rnprog.profile.store import LINKED, put

_ADD = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0)


def appending(path: Path) -> TextIO:
    """`path`, for lines that are added at its end; made for its owner alone when it is missing. OSError when it is a link, or cannot be
    written; a pipe that nobody reads, or that is full, is not waited for."""
    handle = os.open(path, _ADD, 0o600)
    return os.fdopen(handle, "a", encoding="utf-8", buffering=1)


def why(error: OSError) -> str:
    """What stood in the way, without a full stop."""
    if error.errno == errno.ENXIO:
        return "it is a pipe that nobody reads"
    return LINKED if error.errno == errno.ELOOP else error.strerror or str(error)


def save_text(path: Path, text: str, *, replace: bool) -> None:
    """Write `text` to `path`. Ended (2) when it cannot be or, without `replace`, when something is there; nothing is changed then."""
    try:
        put(path, text.encode("utf-8"), replace=replace)
    except FileExistsError as error:
        raise simply(Exit.USAGE, f"{path} is there already and was left as it is. Choose another name, or remove it first.") from error
    except OSError as error:
        raise _unwritten(path, error) from error


def _unwritten(path: Path, error: OSError) -> Ended:
    return simply(Exit.USAGE, f"{path} cannot be written: {why(error)}. Nothing was changed.")

"""Strikes at calls into the system: every write, sync, rename, lock and open of the programmer passes here first while it is installed.

This is no stand-in for a disk or a port: the call is made, unless what was installed raises before it.
"""

from __future__ import annotations

import fcntl
import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

NAMES = ("open", "write", "fsync", "replace", "rename", "link", "unlink", "ftruncate", "truncate", "mkdir", "posix_fallocate", "lseek")


class Died(BaseException):
    """The process is dead from here on: nothing that it would still do reaches disk or port."""


class _File:
    """A file object whose writes and flushes are seen."""

    def __init__(self, file: Any, before: Callable[[str], None]) -> None:
        self._file, self._before = file, before

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def __enter__(self) -> _File:
        return self

    def __exit__(self, *_: Any) -> None:
        self._file.close()

    def write(self, data: Any) -> int:
        self._before("write")
        return int(self._file.write(data))

    def flush(self) -> None:
        self._before("flush")
        self._file.flush()


@contextmanager
def struck(before: Callable[[str], None]) -> Iterator[None]:
    """`before(name)` is called ahead of every call; what it raises, the call raises."""
    real = {name: getattr(os, name) for name in NAMES if hasattr(os, name)}
    real_fdopen, real_open, real_flock = os.fdopen, io.open, fcntl.flock

    def ahead(name: str) -> Callable[..., Any]:
        def call(*values: Any, **named: Any) -> Any:
            before(name)
            return real[name](*values, **named)

        return call

    def fdopen(*values: Any, **named: Any) -> Any:
        return _File(real_fdopen(*values, **named), before)

    def opened(file: Any, mode: str = "r", *values: Any, **named: Any) -> Any:
        before("open")
        if set(mode) & set("wax+"):
            return _File(real_open(file, mode, *values, **named), before)
        return real_open(file, mode, *values, **named)

    def flock(handle: int, operation: int) -> None:
        before("flock")
        real_flock(handle, operation)

    try:
        for name in real:
            setattr(os, name, ahead(name))
        os.fdopen, io.open, fcntl.flock = fdopen, opened, flock  # type: ignore[assignment]
        yield
    finally:
        for name, function in real.items():
            setattr(os, name, function)
        os.fdopen, io.open, fcntl.flock = real_fdopen, real_open, real_flock  # type: ignore[assignment]

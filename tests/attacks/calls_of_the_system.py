"""Strikes at calls into the system: every write, sync, rename and open of the programmer passes here first while it is installed.

This is no stand-in for a disk or a port: the call is made, unless what was installed raises before it.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

NAMES = ("open", "write", "fsync", "replace", "rename", "link", "unlink", "ftruncate", "mkdir", "posix_fallocate", "lseek")


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
    real_fdopen, real_open = os.fdopen, io.open

    def ahead(name: str) -> Callable[..., Any]:
        def call(*values: Any, **named: Any) -> Any:
            before(name)
            return real[name](*values, **named)

        return call

    def fdopen(*values: Any, **named: Any) -> Any:
        return _File(real_fdopen(*values, **named), before)

    def opened(file: Any, mode: str = "r", *values: Any, **named: Any) -> Any:
        if set(mode) & set("wax+"):
            before("open")
            return _File(real_open(file, mode, *values, **named), before)
        return real_open(file, mode, *values, **named)

    try:
        for name in real:
            setattr(os, name, ahead(name))
        os.fdopen, io.open = fdopen, opened  # type: ignore[assignment]
        yield
    finally:
        for name, function in real.items():
            setattr(os, name, function)
        os.fdopen, io.open = real_fdopen, real_open  # type: ignore[assignment]

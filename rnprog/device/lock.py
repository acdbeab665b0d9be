"""One holder per port. The lock is a flock, so it is gone with its process however that ends; the file's text only names the
holder and the port."""

from __future__ import annotations

import errno
import os
import sys

from rnprog.device.errors import PortBusy, PortDenied
from rnprog.device.runtime import canonical_port, is_shared, other_port_files, port_file

if sys.platform == "win32":
    import msvcrt

    def _try_lock(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _try_lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


_HELD = (errno.EAGAIN, errno.EWOULDBLOCK, errno.EACCES, errno.EDEADLK)
"""How systems say that somebody else has a lock (the last two: Windows). Anything else is a lock that could not be asked for."""


class PortLock:
    """Held from construction to `release`. PortBusy, naming the holder, when somebody else has it; PortDenied when there can be no lock.

    `needed` False, for whoever only says STOP: where there can be no lock it goes on without one, and `missing` says why.
    """

    def __init__(self, url: str, *, needed: bool = True) -> None:
        self._handle: int | None = None
        self.missing: str | None = None
        if not is_shared(url):
            return
        try:
            self._handle = _held(url)
        except PortDenied as error:
            if needed:
                raise
            self.missing = str(error)

    def release(self) -> None:
        """Give the port free. Harmless when not held."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


def _held(url: str) -> int:
    """The handle of the locked file. As `PortLock`."""
    try:
        elsewhere = other_port_files(url, ".lock")
        handle = _opened(port_file(url, ".lock"), os.O_CREAT)
    except OSError as error:
        raise _no_lock(url, error) from error
    try:
        _lock(url, handle)
        for path in elsewhere:
            _must_be_free(url, path)
        _sign(url, handle)
    except BaseException:
        os.close(handle)
        raise
    return handle


def _no_lock(url: str, error: OSError) -> PortDenied:
    return PortDenied(f"{url} cannot be locked against a second programmer: {error.strerror or error}.")


def _sign(url: str, handle: int) -> None:
    """Whose lock it is, for whoever comes second. PortDenied when it cannot be said: the name of an earlier holder must not stay there."""
    try:
        os.ftruncate(handle, 0)
        os.write(handle, f"{os.getpid()}\n{canonical_port(url)}\n".encode("utf-8", "surrogateescape"))
    except OSError as error:
        raise _no_lock(url, error) from error


def _opened(path: str, more: int = 0) -> int:
    return os.open(path, os.O_RDWR | more | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0), 0o600)


def _lock(url: str, handle: int) -> None:
    try:
        _try_lock(handle)
    except OSError as error:
        if error.errno not in _HELD:
            raise _no_lock(url, error) from error
        holder = _read_pid(handle)
        who = f"process {holder}" if holder else "another program"
        raise PortBusy(f"{url} is in use by {who}. Close the other programmer first; `rnprog stop` works all the same.", holder) from error


def _must_be_free(url: str, path: str) -> None:
    """PortBusy when an rnprog that was started with another environment holds the port."""
    try:
        handle = _opened(path)
    except OSError:  # gone meanwhile, or no lock of ours
        return
    try:
        _lock(url, handle)
    finally:
        os.close(handle)


def _read_pid(handle: int) -> int | None:
    text = os.read(handle, 32).decode("ascii", "replace").partition("\n")[0]
    return int(text) if text.isdigit() else None

"""One holder per port. The lock is a flock, so it is gone with its process however that ends; the file's text only names the
holder and the port."""

from __future__ import annotations

import os
import sys

from rnprog.device.errors import PortBusy, PortDenied
from rnprog.device.runtime import canonical_port, is_shared, port_file

if sys.platform == "win32":
    import msvcrt

    def _try_lock(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _try_lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


class PortLock:
    """Held from construction to `release`. PortBusy, naming the holder, when somebody else has it; PortDenied when there can be no lock."""

    def __init__(self, url: str) -> None:
        self._handle: int | None = None
        if not is_shared(url):
            return
        try:
            path = port_file(url, ".lock")
            handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0), 0o600)
        except OSError as error:
            raise PortDenied(f"{url} cannot be locked against a second programmer: {error.strerror or error}.") from error
        try:
            _try_lock(handle)
        except OSError as error:
            holder = _read_pid(handle)
            os.close(handle)
            who = f"process {holder}" if holder else "another program"
            raise PortBusy(
                f"{url} is in use by {who}. Close the other programmer first; `rnprog stop` works all the same.", holder
            ) from error
        os.ftruncate(handle, 0)
        os.write(handle, f"{os.getpid()}\n{canonical_port(url)}\n".encode("utf-8", "surrogateescape"))
        self._handle = handle

    def release(self) -> None:
        """Give the port free. Harmless when not held."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


def _read_pid(handle: int) -> int | None:
    text = os.read(handle, 32).decode("ascii", "replace").partition("\n")[0]
    return int(text) if text.isdigit() else None

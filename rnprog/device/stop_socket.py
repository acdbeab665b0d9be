"""A door for STOP into the process that holds a port. Owns the local socket; what STOP does is the holder's.

The holder listens on a Unix socket in the user's own runtime directory. Whoever connects and sends a line gets STOP carried out and one
line of JSON back. Where there are no Unix sockets (Windows) there is no door, and `rnprog stop` says so.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import threading
from collections.abc import Callable

from rnprog.device.errors import PortDenied
from rnprog.device.runtime import is_shared, port_file

_POLL_S = 0.2
_PATIENCE_S = 0.3
"""With a visitor who says nothing; the next one may be in a hurry."""


Tell = Callable[[dict[str, object]], None]


class StopSocket:
    """Listens from construction to `close`. Nothing listens for a port that no second process could reach. PortDenied when nobody could.

    `slow`: STOP takes seconds on this device; the door's name says so, and whoever knocks waits longer.
    `stop` is called with a function that tells the visitor the outcome: at once, before anything that may take its time.
    """

    def __init__(self, url: str, stop: Callable[[Tell], None], *, slow: bool = False) -> None:
        self._stop = stop
        self._ending = threading.Event()
        self._socket: socket.socket | None = None
        if not hasattr(socket, "AF_UNIX") or not is_shared(url):
            return
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._path = port_file(url, ".slow.stop" if slow else ".stop")
            with contextlib.suppress(FileNotFoundError):  # left over from a holder that crashed; the port lock is ours now
                os.unlink(self._path)
            self._socket.bind(self._path)
            self._socket.listen(4)
        except OSError as error:
            self._socket.close()
            raise PortDenied(f"`rnprog stop` would find no way into this process for {url}: {error.strerror or error}.") from error
        self._socket.settimeout(_POLL_S)
        self._thread = threading.Thread(target=self._serve, name="rnprog-stop", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        if self._socket is not None:
            self._ending.set()
            with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as knock:
                knock.setblocking(False)
                knock.connect(self._path)  # wakes the waiting thread, which would else look up only now and then
            with contextlib.suppress(OSError):  # nobody answers behind it, and the next holder replaces it
                os.unlink(self._path)
            self._thread.join()
            self._socket.close()
            self._socket = None

    def _serve(self) -> None:
        while self._socket is not None and not self._ending.is_set():
            try:
                visitor, _ = self._socket.accept()
            except TimeoutError:
                continue
            except OSError:
                self._ending.wait(_POLL_S)
                continue
            with visitor:
                visitor.settimeout(_PATIENCE_S)
                with contextlib.suppress(OSError):  # a visitor who hangs up before he has said a word
                    if visitor.recv(64):
                        self._stop(_teller(visitor))


def _teller(visitor: socket.socket) -> Tell:
    def tell(answer: dict[str, object]) -> None:
        with contextlib.suppress(OSError):  # who hangs up has still had his STOP
            visitor.sendall(json.dumps(answer).encode("ascii") + b"\n")
            visitor.shutdown(socket.SHUT_RDWR)

    return tell

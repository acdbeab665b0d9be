"""A door for STOP into the process that holds a port. Owns the local socket; what STOP does is the holder's.

The holder listens on a Unix socket in the user's own runtime directory. Whoever connects and sends a line gets STOP carried out and one
line of JSON back. Where there are no Unix sockets (Windows) there is no door, and `rnprog stop` says so.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import socket
import threading
from collections.abc import Callable
from time import monotonic

from rnprog.device.errors import PortDenied
from rnprog.device.runtime import is_shared, port_file

_POLL_S = 0.2
_TELL_S = 0.3
"""To a visitor who does not listen; the next one may be in a hurry."""
PATIENCE_S = 5.0
"""With a visitor who says nothing: he keeps nobody waiting, and may come from a busy computer."""
VISITORS = 64
"""At most; the one who has been silent for the longest goes then."""


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
            self._socket.listen(VISITORS)
            self._socket.setblocking(False)
            self._heard = selectors.DefaultSelector()
            self._heard.register(self._socket, selectors.EVENT_READ)
        except OSError as error:
            self._socket.close()
            raise PortDenied(f"`rnprog stop` would find no way into this process for {url}: {error.strerror or error}.") from error
        self._silent: dict[socket.socket, float] = {}
        """Who has come in and said nothing yet, longest first, and until when he may."""
        self._thread = threading.Thread(target=self._serve, args=(self._socket,), name="rnprog-stop", daemon=True)
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

    def _serve(self, door: socket.socket) -> None:
        try:
            while not self._ending.is_set():
                for key, _ in self._heard.select(_POLL_S):
                    if key.fileobj is door:
                        self._let_in(door)
                    else:
                        self._hear(key.data)
                for visitor, until_s in list(self._silent.items()):
                    if monotonic() > until_s or len(self._silent) > VISITORS:
                        self._let_go(visitor)
        finally:
            for visitor in list(self._silent):
                self._let_go(visitor)
            self._heard.close()

    def _let_in(self, door: socket.socket) -> None:
        try:
            visitor, _ = door.accept()
        except BlockingIOError:  # he has left again
            return
        except OSError:
            self._ending.wait(_POLL_S)
            return
        visitor.settimeout(_TELL_S)
        self._silent[visitor] = monotonic() + PATIENCE_S
        self._heard.register(visitor, selectors.EVENT_READ, visitor)

    def _hear(self, visitor: socket.socket) -> None:
        """He speaks, or has hung up."""
        try:
            with contextlib.suppress(OSError):  # a visitor who hangs up before he has said a word
                if visitor.recv(64):
                    self._stop(_teller(visitor))
        finally:
            self._let_go(visitor)

    def _let_go(self, visitor: socket.socket) -> None:
        del self._silent[visitor]
        self._heard.unregister(visitor)
        visitor.close()


def _teller(visitor: socket.socket) -> Tell:
    def tell(answer: dict[str, object]) -> None:
        with contextlib.suppress(OSError):  # who hangs up has still had his STOP
            visitor.sendall(json.dumps(answer).encode("ascii") + b"\n")
            visitor.shutdown(socket.SHUT_RDWR)

    return tell

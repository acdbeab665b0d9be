"""Where the emulator listens: this computer, and nothing else. Opens no line; knows no device."""

from __future__ import annotations

import os
import socket

PORT_MAX = 65_535
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


def parse_address(text: str) -> tuple[str, int]:
    """HOST:PORT on this machine. ValueError with a sentence otherwise."""
    host, colon, port = text.rpartition(":")
    host = host.strip("[]")
    if not colon or not port.isascii() or not port.isdigit() or int(port) > PORT_MAX:
        raise ValueError(f"An address is HOST:PORT with a port from 0 (any free one) to {PORT_MAX}, such as 127.0.0.1:7411, not {text!r}.")
    if host not in _LOOPBACK:
        raise ValueError(f"The emulator listens on this computer only (127.0.0.1), not on {host!r}: nobody is authenticated on this line.")
    return host, int(port)


def listen(address: tuple[str, int]) -> socket.socket:
    """A listening socket; OSError when the port is in use."""
    family = socket.AF_INET6 if address[0] == "::1" else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(4)
    except OSError:
        listener.close()
        raise
    return listener


def address_text(listener: socket.socket) -> str:
    """HOST:PORT of a listener."""
    host, port = listener.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

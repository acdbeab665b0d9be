"""A port opened without pyserial, so that STOP leaves at once. Imports next to nothing, as `entry.py` does, and takes no lock."""

from __future__ import annotations

import errno
import os
import sys

SEND_S = 0.8
_LONGEST_LABEL = 63
"""Letters between two dots in the name of a computer."""


def found(port: str) -> str:
    """The port behind a hwgrep:// URL, so that its holder is asked; the URL itself when there is none, which is told later."""
    from rnprog.device.errors import PortError
    from rnprog.device.ports import resolved

    try:
        return resolved(port)
    except PortError:
        return port


def is_plain(port: str) -> bool:
    """Whether the port can be opened without pyserial: a tty, or a TCP socket."""
    if sys.platform == "win32":
        return False
    if port.lower().startswith("opennerve+"):
        return False  # it has to be authenticated first
    return "://" not in port or port.lower().startswith("socket://")


def opened(port: str) -> int:
    """A handle on the port, non-blocking. OSError when it cannot be had, or when it is no port at all."""
    if "://" in port:
        return _connect(port)
    import termios

    handle = os.open(port, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    try:
        settings = termios.tcgetattr(handle)
        control: list[bytes | int] = list(settings[6])
        control[termios.VMIN], control[termios.VTIME] = 0, 0
        raw: list[int | list[bytes | int]] = [
            0,
            0,
            termios.CLOCAL | termios.CREAD | termios.CS8,
            0,
            termios.B115200,
            termios.B115200,
            control,
        ]
        termios.tcsetattr(handle, termios.TCSANOW, raw)
    except termios.error as error:
        os.close(handle)
        raise OSError(error.args[0], f"{port} is no serial port") from error
    return handle


def _connect(port: str) -> int:
    import _socket

    from rnprog.device.runtime import network_place

    place = network_place(port)
    if place is None:
        raise OSError(errno.EINVAL, "it must look like socket://HOST:PORT, with a port from 1 to 65535")
    host, number = place
    if ":" not in host and not all(0 < len(label) <= _LONGEST_LABEL for label in host.removesuffix(".").split(".")):
        raise OSError(errno.EINVAL, "this cannot be the name of a computer")
    last: OSError | None = None
    name = host.encode("ascii") if host.isascii() else host  # text would be read by a codec that loads `re`
    try:
        addresses = _socket.getaddrinfo(name, number, 0, _socket.SOCK_STREAM)
    except UnicodeError as error:
        raise OSError(errno.EINVAL, "this cannot be the name of a computer") from error
    for family, kind, protocol, _, where in addresses:
        wire = _socket.socket(family, kind, protocol)
        wire.settimeout(SEND_S)
        try:
            wire.connect(where)
        except OSError as error:
            last = error
            wire.close()
            continue
        wire.setblocking(False)
        return wire.detach()
    raise last or OSError(0, "it has no address")


def send(handle: int, data: bytes) -> None:
    """All of it, or OSError after SEND_S."""
    import select
    from time import monotonic

    until = monotonic() + SEND_S
    while data:
        _, ready, _ = select.select([], [handle], [], max(0.0, until - monotonic()))
        if not ready:
            raise OSError(0, "the port does not take any bytes")
        data = data[os.write(handle, data) :]

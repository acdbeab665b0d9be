"""Finding and opening ports. Owns the port's name, its errors in words, and nothing that is said over it."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import select
import socket
import sys
from dataclasses import dataclass
from typing import Any, Protocol

import serial
from serial.tools import list_ports

from rnprog.device.errors import BadPort, EmulatorUnusable, PortBusy, PortDenied, PortError, PortMissing
from rnprog.device.runtime import NETWORK, network_place

BAUD = 115_200
READ_SLICE_S = 0.01
"""A read waits this long at most, so that STOP never waits longer for its turn (20 ms are promised)."""
WRITE_TIMEOUT_S = 0.4
UNPLUGGED = "the device was unplugged"
EMULATOR_PACKAGE = "device_emulator.port"

_SOCKET_OPTIONS = tuple(f"logging={level}" for level in ("debug", "info", "warning", "error"))
_NO_OPTION = "behind the question mark stands no option of it."
_SCHEMES = ("emu", "socket", "hwgrep", "spy", "loop", "rfc2217")


class Port(Protocol):
    """What the link needs of a pyserial port."""

    @property
    def in_waiting(self) -> int:
        """Bytes that can be read without waiting."""

    def read(self, size: int = 1, /) -> bytes:
        """Up to `size` bytes, waiting READ_SLICE_S at most."""

    def write(self, data: bytes, /) -> int | None:
        """Write all of it."""

    def close(self) -> None:
        """Close; harmless when closed."""


@dataclass(frozen=True, slots=True)
class PortInfo:
    """One port as `rnprog ports` lists it."""

    url: str
    description: str
    vid: int | None
    pid: int | None
    serial_number: str | None


def split_bench(url: str) -> tuple[str, str | None]:
    """The URL without its `bench=HOST:PORT` parameter, and that parameter. `emu://` needs none: its bench channel is the port object."""
    if "?" not in url or url.lower().startswith("emu:"):
        return url, None
    head, query = url.split("?", 1)
    parts = query.split("&")
    bench = [part[len("bench=") :] for part in parts if part.startswith("bench=")]
    rest = [part for part in parts if not part.startswith("bench=")]
    return head + ("?" + "&".join(rest) if rest else ""), bench[-1] if bench else None


def resolved(url: str) -> str:
    """The port that a hwgrep:// URL finds; any other as it is. BadPort or PortMissing when it finds none."""
    if not url.lower().startswith("hwgrep://"):
        return url
    try:
        return str(serial.serial_for_url(url, do_not_open=True).port)
    except (ValueError, re.error) as error:
        raise BadPort(f"The port {url} cannot be understood: its pattern or an option is wrong.") from error
    except OSError as error:
        raise PortMissing(f"No port of this computer fits {url}. {_what_is_there()}") from error


def open_port(url: str) -> Any:
    """An open port. PortMissing, PortBusy, PortDenied or BadPort with a sentence to act on; nothing was sent then."""
    if EMULATOR_PACKAGE not in serial.protocol_handler_packages:
        serial.protocol_handler_packages.append(EMULATOR_PACKAGE)
    scheme = url.split("://", 1)[0].lower() if "://" in url else ""
    if scheme and scheme not in _SCHEMES:
        raise BadPort(
            f"There is no port type {scheme}://. Known are {', '.join(s + '://' for s in _SCHEMES)} and the path of a serial port."
        )
    if scheme in NETWORK:
        _check_place(url)
    options: dict[str, Any] = {"exclusive": True} if scheme in ("", "spy") else {}
    try:
        return serial.serial_for_url(url, baudrate=BAUD, timeout=READ_SLICE_S, write_timeout=WRITE_TIMEOUT_S, **options)
    except ValueError as error:
        raise BadPort(f"The port {url} cannot be understood: {_plainly(str(error))}") from error
    except LookupError as error:  # pyserial looks an option up that there is not
        raise BadPort(f"The port {url} cannot be understood: {_NO_OPTION}") from error
    except OSError as error:
        raise _in_words(url, error) from error


def descriptor_of(port: Any) -> int | None:
    """The file descriptor behind a plain serial port on Linux, for reading and writing without pyserial's loop; None for anything else
    (URL handlers such as `spy://` see what they are there to see only through `read`)."""
    stock = getattr(serial, "Serial", None)
    return port.fileno() if sys.platform == "linux" and type(port) is stock else None


def check_cable(port: Any, descriptor: int | None) -> None:
    """OSError when the far end of an open port is gone. Sends nothing and takes nothing, so it may be called beside an exchange."""
    peer = getattr(port, "_socket", None)
    if descriptor is not None:
        poll = select.poll()
        poll.register(descriptor, 0)  # what says that a line is gone is told unasked
        if poll.poll(0):
            raise OSError(UNPLUGGED)
    elif isinstance(peer, socket.socket):
        with contextlib.suppress(BlockingIOError):
            if not peer.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT):
                raise OSError(UNPLUGGED)
    else:
        _ = port.in_waiting


def _in_words(url: str, error: OSError) -> PortError:
    number = error.errno or _errno_inside(error)
    if number in (errno.EBUSY, errno.EWOULDBLOCK):
        return PortBusy(f"{url} is in use by another program{_who(url, error)}. Close it there, then try again.")
    if "expected a string in the form" in str(error):  # pyserial's word on its own URLs
        return BadPort(f"The port {url} cannot be understood: {_NO_OPTION}")
    if isinstance(error.__cause__, ValueError):  # the emulator's word on its own URL
        return BadPort(f"The port {url} cannot be understood: {_said(error)}")
    if url.lower().startswith("emu:"):  # no hardware: what stands in the way are files, and it says which
        return EmulatorUnusable(f"{url} cannot be opened: {_said(error)}")
    if number in (errno.EACCES, errno.EPERM):
        return PortDenied(f"No permission to open {url}. {_owner_hint(url)}")
    if number == errno.ECONNREFUSED or "refused" in str(error).lower():
        return PortMissing(f"Nobody answers at {url}: is the device or the emulator running there?")
    if number in (errno.ENOENT, errno.ENXIO, errno.ENODEV, errno.ENOTTY):
        return PortMissing(f"There is no port {url}. {_what_is_there()}")
    if number in (errno.EISDIR, errno.EINVAL) or "could not configure port" in str(error).lower():
        return PortMissing(f"{url} is there, but it is no serial port. {_what_is_there()}")
    return PortMissing(f"{url} cannot be opened: {_said(error)}")


def _check_place(url: str) -> None:
    """pyserial's own words for a wrong network URL are those of a Python error."""
    place, (_, _, options) = network_place(url), url.partition("?")
    if place is None:
        raise BadPort(f"The port {url} cannot be understood: write a host and a port from 1 to 65535, as in socket://127.0.0.1:7411.")
    try:
        place[0].encode("idna")
    except UnicodeError as error:
        raise BadPort(f"The port {url} cannot be understood: {place[0]} cannot be the name of a computer.") from error
    if options and options not in _SOCKET_OPTIONS and url.lower().startswith("socket:"):
        raise BadPort(f"The port {url} cannot be understood: {_NO_OPTION}")


def _errno_inside(error: OSError) -> int | None:
    inner = error.__context__
    return inner.errno if isinstance(inner, OSError) else None


def _said(error: OSError) -> str:
    """The system's or the handler's sentence without its number."""
    return _plainly(error.strerror or str(error))


def _plainly(text: str) -> str:
    """A sentence without numbers of the operating system, what stands before it already, and Python's own words."""
    text = re.sub(r"\[Errno -?\d+\] |Could not open port [^ ]+: ", "", text).strip()
    if "IPv6" in text:
        return "the brackets do not match."
    return text if text.endswith((".", "?")) else f"{text}."


def _who(url: str, error: OSError) -> str:
    """What the emulator says about who has its device; an operating system does not know."""
    return f": {_said(error).rstrip('.')}" if url.lower().startswith("emu:") else ""


def _owner_hint(url: str) -> str:
    try:
        import grp

        group = grp.getgrgid(os.stat(url).st_gid).gr_name
    except (ImportError, KeyError, OSError):
        return "Ask whoever looks after this computer for access to it."
    return f"It belongs to the group {group}: have this user added to it, then log in again."


def _what_is_there() -> str:
    found = [info.url for info in list_serial_ports()]
    return f"Connected here: {', '.join(found)}." if found else "No serial device is connected; emu:// is the bundled emulator."


def list_serial_ports(*, everything: bool = False) -> list[PortInfo]:
    """Serial ports of this computer; those without a USB identity (built-in UARTs, Bluetooth stubs) only with `everything`. Opens none."""
    found = []
    for port in sorted(list_ports.comports()):
        if everything or port.vid is not None:
            found.append(PortInfo(port.device, port.description or "", port.vid, port.pid, port.serial_number))
    return found

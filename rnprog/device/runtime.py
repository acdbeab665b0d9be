"""Where locks and stop sockets live, and what they are called. Imports next to nothing: the fast path of `rnprog stop` uses it too."""

from __future__ import annotations

import os
from zlib import crc32

_LOOPBACK = "127.0.0.1"
_ITS_NAMES = ("localhost", "localhost.", "::1")
_LAST_PORT, _LONGEST_NUMBER = 65_535, 9
NETWORK = ("socket", "rfc2217")
_V4_IN_V6 = bytes(10) + b"\xff\xff"
_COMMON = "/tmp"  # of every POSIX system: where an environment names no other place
_NAME_LENGTH = 24
"""Short, because a Unix socket's whole path has room for 103 bytes on macOS, whose temporary directories have long names."""


def runtime_dir() -> str:
    """The user's runtime directory for rnprog, made with mode 0700 when missing. OSError when it belongs to somebody else."""
    base = os.environ.get("XDG_RUNTIME_DIR")
    path = os.path.join(base, "rnprog") if base and os.path.isdir(base) else _without_a_login()
    os.makedirs(path, mode=0o700, exist_ok=True)
    if not _is_ours(path):
        raise PermissionError(f"{path} must belong to you alone (mode 0700)")
    return path


def other_runtime_dirs() -> list[str]:
    """Where an rnprog of the same user has its locks and doors that was started with another environment: from cron, by su, over ssh."""
    if not hasattr(os, "getuid"):
        return []
    own = runtime_dir()
    places = (f"/run/user/{os.getuid()}/rnprog", _without_a_login(), _in_a_common_folder(_COMMON))
    return [path for path in dict.fromkeys(places) if path != own and os.path.isdir(path) and _is_ours(path)]


def _without_a_login() -> str:
    return _in_a_common_folder(os.environ.get("TMPDIR") or os.environ.get("TEMP") or _COMMON)


def _in_a_common_folder(folder: str) -> str:
    user = os.getuid() if hasattr(os, "getuid") else os.environ.get("USERNAME", "user")
    return os.path.join(folder, f"rnprog-{user}")


def _is_ours(path: str) -> bool:
    if not hasattr(os, "getuid"):
        return True
    found = os.lstat(path)
    return found.st_uid == os.getuid() and not found.st_mode & 0o077


def canonical_port(url: str) -> str:
    """One name for one port: links are followed for paths; the query part of a URL does not count, nor who looks on (spy://). Schemes are
    lower case. Names of computers are not looked up: localhost is known."""
    if url.lower().startswith("opennerve+"):
        url = url[len("opennerve+") :].partition("?")[0]
        url = url[len("serial:") :].removeprefix("//") if url.lower().startswith("serial:") else url
    if "://" not in url:
        return os.path.realpath(url) if os.sep in url else url
    scheme, rest = url.split("://", 1)
    place = rest.partition("?")[0].partition("#")[0]
    if scheme.lower() == "spy":
        return canonical_port(place)
    if scheme.lower() in NETWORK and (where := network_place(url)) is not None:
        return f"{scheme.lower()}://{_one_spelling(where[0])}:{where[1]}"
    return f"{scheme.lower()}://{place.rstrip('/')}"


def network_place(url: str) -> tuple[str, int] | None:
    """Host and port in the URL of a network port, as pyserial takes it apart; None when they are not there."""
    place = url.split("://", 1)[1].partition("?")[0].partition("#")[0].partition("/")[0]
    host, _, port = place.rpartition("@")[2].rpartition(":")
    plain = host[1:-1] if host[:1] + host[-1:] == "[]" else host
    if not plain or "[" in plain or "]" in plain or (":" in plain) is (plain == host):
        return None
    if not (port.isascii() and port.isdigit() and len(port) < _LONGEST_NUMBER and 0 < int(port) <= _LAST_PORT):
        return None
    return plain.lower(), int(port)


def _one_spelling(host: str) -> str:
    """One name for one address of this computer, however it is written: 127.1, 0x7f000001, ::1 and localhost are one."""
    if host in (_LOOPBACK, *_ITS_NAMES):
        return _LOOPBACK
    import _socket  # only here, and not all of `socket`: `rnprog stop` comes by on its fast path

    try:
        if ":" not in host:
            return _of_this_computer(_socket.inet_ntoa(_socket.inet_aton(host)))
        address, percent, interface = host.partition("%")
        packed = _socket.inet_pton(_socket.AF_INET6, address)
        if packed.startswith(_V4_IN_V6):
            return _of_this_computer(_socket.inet_ntoa(packed[12:]))
        local = int.from_bytes(packed, "big") <= 1
        return _LOOPBACK if local else f"[{_socket.inet_ntop(_socket.AF_INET6, packed)}{percent}{interface}]"
    except (OSError, ValueError):  # a name
        return host


def _of_this_computer(address: str) -> str:
    return _LOOPBACK if address.startswith("127.") or address == "0.0.0.0" else address


def is_shared(url: str) -> bool:
    """Whether a second process could reach the same device: not so for the nameless emulator inside one process."""
    return canonical_port(url) not in ("emu:", "emu://", "loop:", "loop://")


def port_file(url: str, ending: str) -> str:
    """Path of the lock (`.lock`) or stop socket (`.stop`) of a port."""
    return os.path.join(runtime_dir(), _file_name(url, ending))


def other_port_files(url: str, ending: str) -> list[str]:
    """The same file where another environment has put it, in each place in which there is one."""
    name = _file_name(url, ending)
    return [path for folder in other_runtime_dirs() if os.path.exists(path := os.path.join(folder, name))]


def _file_name(url: str, ending: str) -> str:
    name = canonical_port(url)
    plain = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in name)[-_NAME_LENGTH:].strip("-")
    return f"{plain}-{crc32(name.encode('utf-8', 'surrogateescape')):08x}{ending}"

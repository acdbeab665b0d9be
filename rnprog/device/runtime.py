"""Where locks and stop sockets live, and what they are called. Imports next to nothing: the fast path of `rnprog stop` uses it too."""

from __future__ import annotations

import os
from contextlib import suppress
from zlib import crc32

_LOOPBACK = "127.0.0.1"
_ITS_NAMES = ("localhost", "localhost.", "[::1]")
_NETWORK = ("socket", "rfc2217")
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
    """One name for one port: links are followed for paths; the query part of a URL does not count. Schemes are lower case."""
    if url.lower().startswith("opennerve+"):
        url = url[len("opennerve+") :].partition("?")[0]
        url = url[len("serial:") :].removeprefix("//") if url.lower().startswith("serial:") else url
    if "://" in url:
        scheme, rest = url.split("://", 1)
        place = rest.split("?", 1)[0].rstrip("/")
        host, colon, port = place.rpartition(":")
        if colon and scheme.lower() in _NETWORK:
            place = f"{_one_spelling(host.lower())}:{port}"
        return f"{scheme.lower()}://{place}"
    return os.path.realpath(url) if os.sep in url else url


def _one_spelling(host: str) -> str:
    """One name for one address of this computer, however it is written: 127.1, 0x7f000001, [::1] and localhost are one. Asks no name
    server."""
    if host in (_LOOPBACK, *_ITS_NAMES):
        return _LOOPBACK
    import socket  # only here: `rnprog stop` comes by on its fast path

    with suppress(OSError, ValueError):
        if ":" not in host:
            return _of_this_computer(socket.inet_ntoa(socket.inet_aton(host)))
        address, percent, interface = host.strip("[]").partition("%")
        packed = socket.inet_pton(socket.AF_INET6, address)
        if packed.startswith(_V4_IN_V6):
            return _of_this_computer(socket.inet_ntoa(packed[12:]))
        local = int.from_bytes(packed, "big") <= 1
        return _LOOPBACK if local else f"[{socket.inet_ntop(socket.AF_INET6, packed)}{percent}{interface}]"
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

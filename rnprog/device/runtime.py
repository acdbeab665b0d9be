"""Where locks and stop sockets live, and what they are called. Imports next to nothing: the fast path of `rnprog stop` uses it too."""

from __future__ import annotations

import os
from zlib import crc32

_THIS_COMPUTER = ("localhost", "[::1]")
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
        if colon and host.lower() in _THIS_COMPUTER:
            place = f"127.0.0.1:{port}"
        return f"{scheme.lower()}://{place}"
    return os.path.realpath(url) if os.sep in url else url


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

"""Which process has a TCP port or a file of this computer. Reads /proc; where there is none, nobody can be named."""

from __future__ import annotations

import os
import sys
from pathlib import Path

PROC = Path("/proc")
_LISTEN = "0A"


def holder_of(port: int) -> str | None:
    """The program that listens on a port, as "process 123 (name)"; None: it cannot be told."""
    if sys.platform == "win32":
        return None
    sockets = {f"socket:[{inode}]" for inode in _inodes(port)}
    for pid in _processes() if sockets else []:
        if any(target in sockets for target in _targets(PROC / str(pid) / "fd")):
            return f"process {pid} ({_name(pid)})"
    return None


def locker_of(handle: int) -> int | None:
    """The process that has locked an open file; None: it cannot be told, or nobody has."""
    inode = os.fstat(handle).st_ino
    for line in _text(PROC / "locks").splitlines():
        fields = line.split()
        if len(fields) > 5 and fields[1] == "FLOCK" and fields[5].rpartition(":")[2] == str(inode) and fields[4].isdigit():
            return int(fields[4])
    return None


def _inodes(port: int) -> set[str]:
    found = set()
    for table in ("tcp", "tcp6"):
        for line in _text(PROC / "net" / table).splitlines()[1:]:
            fields = line.split()
            if len(fields) > 9 and fields[3] == _LISTEN and int(fields[1].rpartition(":")[2], 16) == port:
                found.add(fields[9])
    return found


def _processes() -> list[int]:
    try:
        return sorted(int(name) for name in os.listdir(PROC) if name.isdigit())
    except OSError:
        return []


def _targets(folder: Path) -> list[str]:
    """What the open files of a process are; nothing for one that is gone or somebody else's."""
    found = []
    try:
        for name in os.listdir(folder):
            found.append(os.readlink(folder / name))
    except OSError:
        return found
    return found


def _name(pid: int) -> str:
    words = [word for word in _text(PROC / str(pid) / "cmdline").split("\0") if word]
    names = [os.path.basename(word) for word in words if not word.startswith("-")]
    shown = " ".join(names[:2]) or _text(PROC / str(pid) / "comm").strip() or "unknown"
    return "".join(letter if letter.isprintable() else "?" for letter in shown)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""

"""Remembers which contents were found good, so that they need not be judged again. Safe to delete at any time.

A line of knowledge is 16 bytes: the hash of a file's name and whole content. It holds for one set of rules and one set of limits only: both
are part of the cache file's name, the rules as a hash over this very source. Only "nothing was found" is remembered; a file with a finding
is judged anew each time. Nothing that is about to be written to a device is ever looked up here. A cache that is cut short, spoiled,
somebody else's or not to be written is no cache: everything is then judged, and the answer is the same.
"""

from __future__ import annotations

import contextlib
import os
import stat
from _blake2 import blake2b  # hashlib's own, without loading OpenSSL, which takes as long as thousands of files
from collections.abc import Set
from pathlib import Path

DIGEST_BYTES = 16
MOST_KEPT = 200_000
"""About 3 MB. Above that, what was not seen in the last run is forgotten."""
_MAGIC = b"rnprog good profiles 1\n"
_CHECK_BYTES = 32
_ROOMS = ("profile", "therapy")


def digest(stem: str, content: bytes) -> bytes:
    """What is remembered of a file: its name without ending counts too (RN409)."""
    hashed = blake2b(content, digest_size=DIGEST_BYTES)
    hashed.update(b"\0" + os.fsencode(stem))
    return hashed.digest()


def cache_file(limits: bytes) -> Path | None:
    """The cache for these limits (their JSON; empty: those that come with rnprog). `None`: there is no place for one."""
    base = os.environ.get("XDG_CACHE_HOME") if os.name == "posix" else os.environ.get("LOCALAPPDATA")
    if not base:
        home = os.path.expanduser("~")
        if not os.path.isabs(home):
            return None
        base = os.path.join(home, ".cache")
    if not os.path.isabs(base):
        return None
    key = blake2b(rules_version() + limits, digest_size=DIGEST_BYTES).hexdigest()
    return Path(base, "rnprog", f"good-profiles-{key}")


def rules_version() -> bytes:
    """A hash over the source of the rules: any change of any rule is another version."""
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    hashed = blake2b(digest_size=DIGEST_BYTES)
    for room in _ROOMS:
        folder = os.path.join(root, room)
        for name in sorted(name for name in os.listdir(folder) if name.endswith(".py")):
            with open(os.path.join(folder, name), "rb") as file:
                content = file.read()
            hashed.update(f"{room}/{name} {len(content)}\n".encode() + content)
    return hashed.digest()


def load(path: Path | None) -> frozenset[bytes]:
    """The contents that are known to be good; none if the cache is not there or not to be trusted."""
    if path is None:
        return frozenset()
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except OSError:
        return frozenset()
    try:
        if not _is_ours(os.fstat(handle)):
            return frozenset()
        with os.fdopen(handle, "rb", closefd=False) as file:
            content = file.read()
    except OSError:
        return frozenset()
    finally:
        os.close(handle)
    body, check = content[len(_MAGIC) : -_CHECK_BYTES], content[-_CHECK_BYTES:]
    whole = content.startswith(_MAGIC) and len(body) % DIGEST_BYTES == 0 and _check(body) == check
    return frozenset(body[at : at + DIGEST_BYTES] for at in range(0, len(body), DIGEST_BYTES)) if whole else frozenset()


def keep(path: Path | None, known: Set[bytes], new: bytes | bytearray) -> None:
    """Add the digests of what was found good, one after the other, none of them known.

    Another rnprog may do the same: one of the two files wins whole, and the loser's part is judged again. Memory is 16 bytes a file.
    """
    if path is None or not new:
        return
    most = memoryview(new)[: MOST_KEPT * DIGEST_BYTES]  # in parts, because a copy of the whole would be most of what this process holds
    parts = (most, b"".join(known) if len(most) // DIGEST_BYTES + len(known) <= MOST_KEPT else b"")
    temporary = path.with_name(f"{path.name}.{os.urandom(6).hex()}.tmp")
    with contextlib.suppress(OSError):  # no cache is as good as a cache, only slower
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
            with os.fdopen(handle, "wb") as file:
                for part in (_MAGIC, *parts, _check(*parts)):
                    file.write(part)
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)
        _forget_other_rules(path)


def _forget_other_rules(path: Path) -> None:
    """Caches of other versions and limits that nobody has used for long are not kept for ever: the eight newest stay."""
    others = sorted(path.parent.glob("good-profiles-*"), key=lambda each: each.stat().st_mtime, reverse=True)
    for old in others[8:]:
        old.unlink(missing_ok=True)


def _is_ours(status: os.stat_result) -> bool:
    """An ordinary file that nobody but this user may write."""
    if not stat.S_ISREG(status.st_mode):
        return False
    return os.name != "posix" or (status.st_uid == os.geteuid() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH))


def _check(*parts: bytes | memoryview) -> bytes:
    hashed = blake2b(_MAGIC, digest_size=_CHECK_BYTES)
    for part in parts:
        hashed.update(part)
    return hashed.digest()

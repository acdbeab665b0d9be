"""Whether the records of a folder follow from one another. Like `audit.py` it shares no code with the writer.

The first line of a record carries the SHA-256 of the line that was then the last of the newest record. So a record that was changed, cut
off, written anew or taken away afterwards is missed by the one after it: the head of each is kept by its successor.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from rnprog.session.audit import MAX_BYTES

NO_PREDECESSOR = "0" * 64
NOT_AS_IT_WAS = (
    "the record before this one is not here as it was when this one began: it was changed, cut off or taken away "
    "(or moved to an archive, then look there)"
)
SAYS_FIRST = "says that no record was before it, and there is one that began earlier"


def broken(paths: Sequence[Path]) -> dict[Path, str]:
    """The records whose predecessor is not among `paths` as it was, with what is wrong. `audit` tells of those that cannot be
    read or are too large."""
    named: dict[Path, tuple[str, str]] = {}
    holder: dict[str, Path] = {}
    for path in paths:
        try:
            if path.stat().st_size > MAX_BYTES:
                continue
            rows = path.read_bytes().split(b"\n")
        except OSError:
            continue
        opening = _opening(rows[0])
        if opening is not None:
            named[path] = opening
            holder |= {hashlib.sha256(row).hexdigest(): path for row in rows[:-1]}
    earliest = min((utc for _, utc in named.values()), default="")
    found = {}
    for path, (previous, utc) in named.items():
        if previous == NO_PREDECESSOR:
            after = _followers(path, named, holder) if utc > earliest else named
            if any(began < utc for other, (_, began) in named.items() if other not in after):
                found[path] = SAYS_FIRST
        elif holder.get(previous, path) == path:
            found[path] = NOT_AS_IT_WAS
    return found


def _followers(first: Path, named: dict[Path, tuple[str, str]], holder: dict[str, Path]) -> set[Path]:
    """What leads back to `first`: it may bear an earlier moment, where the clock was ahead at first."""
    followers: dict[Path, list[Path]] = {}
    for path, (previous, _) in named.items():
        if previous in holder:
            followers.setdefault(holder[previous], []).append(path)
    after, added = set[Path](), [first]
    while added:
        path = added.pop()
        if path not in after:
            after.add(path)
            added += followers.get(path, [])
    return after


def _opening(row: bytes) -> tuple[str, str] | None:
    """The predecessor's head that a first line names, and when the record began."""
    try:
        line = json.loads(row)
    except (ValueError, RecursionError):
        return None
    if not isinstance(line, dict) or line.get("kind") != "open":
        return None
    previous, utc = line.get("prev"), line.get("utc")
    return (previous, utc) if isinstance(previous, str) and isinstance(utc, str) else None

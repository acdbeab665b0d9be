"""Whether the records of a folder follow from one another. Like `audit.py` it shares no code with the writer.

The first line of a record carries the SHA-256 of the line that was then the last of the newest record, and of each other one whose last
line no record named as it was then (`also_before`): several may be written at once. So a record that was changed, cut off, written anew or
taken away afterwards is missed by the first one that was begun after its end. The end that no other names yet is told by name.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from rnprog.session.audit import MAX_BYTES

NO_PREDECESSOR = "0" * 64
_SIGNS = frozenset("0123456789abcdef")
_LONGEST_NAME = 80
_NOT_AS_IT_WAS = (
    "is not here as it was when this one began: it was changed, cut off or taken away (or moved to an archive, then look there)"
)
NOT_AS_IT_WAS = f"the record before this one {_NOT_AS_IT_WAS}"
NAMED_IN_A_STRANGE_WAY = "names the records before it as no programmer writes it"
SAYS_FIRST = "says that no record was before it, and there is one that began earlier"


def not_as_it_was(name: str) -> str:
    """Of a record that is named besides the newest one; nothing of a forged name reaches a terminal raw."""
    plain = "".join(letter if " " <= letter <= "~" else "?" for letter in name[:_LONGEST_NAME])
    return f"the record {plain} {_NOT_AS_IT_WAS}"


class Chain(NamedTuple):
    """What was found of the records of a folder."""

    broken: dict[Path, str]
    """The records whose predecessors are not among the paths as they were, with what is wrong."""
    unnamed: tuple[Path, ...]
    """The records whose last line no other one names: whether such an end was cut off or written anew, no record can tell."""


class _Opening(NamedTuple):
    """What a first line says."""

    previous: str
    utc: str
    others: object
    """The predecessors it names besides, in whatever way; None: none. Records of earlier releases name only one."""


def broken(paths: Sequence[Path]) -> dict[Path, str]:
    """See `Chain`."""
    return chain(paths).broken


def chain(paths: Sequence[Path]) -> Chain:
    """Whether each record follows from those before it. `audit` tells of those that cannot be read or are too large."""
    named: dict[Path, _Opening] = {}
    holder: dict[str, Path] = {}
    ends: dict[Path, str] = {}
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
            heads = [hashlib.sha256(row).hexdigest() for row in rows[:-1]]
            holder |= dict.fromkeys(heads, path)
            ends[path] = heads[-1] if heads else ""
    earliest = min((opening.utc for opening in named.values()), default="")
    found: dict[Path, str] = {}
    for path, opening in named.items():
        faults = [*_wrong_others(opening.others, path, holder)]
        if opening.previous == NO_PREDECESSOR:
            after = _followers(path, named, holder) if opening.utc > earliest else named
            if any(each.utc < opening.utc for other, each in named.items() if other not in after):
                faults.append(SAYS_FIRST)
        elif holder.get(opening.previous, path) == path:
            faults.insert(0, NOT_AS_IT_WAS)
        if faults:
            found[path] = "; ".join(faults)
    kept: dict[str, set[Path]] = {}
    for path, opening in named.items():
        for head in (opening.previous, *_heads(opening.others)):
            kept.setdefault(head, set()).add(path)
    return Chain(found, tuple(path for path, end in ends.items() if not kept.get(end, set()) - {path}))


def _wrong_others(others: object, path: Path, holder: dict[str, Path]) -> Iterator[str]:
    """What is wrong with the predecessors that `path` names besides the newest."""
    if others is None:
        return
    if not isinstance(others, dict) or len(_heads(others)) != len(others):
        yield NAMED_IN_A_STRANGE_WAY
        return
    for name, head in others.items():
        if holder.get(head, path) == path:
            yield not_as_it_was(name)


def _heads(others: object) -> list[str]:
    """Those that can be heads at all."""
    given = others.values() if isinstance(others, dict) else ()
    return [head for head in given if isinstance(head, str) and len(head) == len(NO_PREDECESSOR) and set(head) <= _SIGNS]


def _followers(first: Path, named: dict[Path, _Opening], holder: dict[str, Path]) -> set[Path]:
    """What leads back to `first`: it may bear an earlier moment, where the clock was ahead at first."""
    followers: dict[Path, list[Path]] = {}
    for path, opening in named.items():
        if opening.previous in holder:
            followers.setdefault(holder[opening.previous], []).append(path)
    after, added = set[Path](), [first]
    while added:
        path = added.pop()
        if path not in after:
            after.add(path)
            added += followers.get(path, [])
    return after


def _opening(row: bytes) -> _Opening | None:
    try:
        line = json.loads(row)
    except (ValueError, RecursionError):
        return None
    if not isinstance(line, dict) or line.get("kind") != "open":
        return None
    previous, utc, data = line.get("prev"), line.get("utc"), line.get("data")
    others = data.get("also_before") if isinstance(data, dict) else None
    return _Opening(previous, utc, others) if isinstance(previous, str) and isinstance(utc, str) else None

"""Whether the records of a folder follow from one another. Like `audit.py` it shares no code with the writer.

The first line of a record carries the SHA-256 of the line that was then the last of the newest record, and of each other one whose last
line no record named as it was then (`also_before`): several may be written at once. So a record that was changed, cut off, written anew or
taken away afterwards is missed by the first one that was begun after its end. The end that no other names yet is told by name.

It carries too at which line each session ended that had never been closed (`unclosed`): nobody goes on with such a record, so a line that
stands behind was added. A head alone is no end: whoever wrote that record may have gone on.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from rnprog.session.audit import MAX_BYTES, Fault, whole_file

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
    """Of a record that is named besides the newest one."""
    return f"the record {_plain(name)} {_NOT_AS_IT_WAS}"


def behind_the_end(name: str) -> str:
    """Of a line that was added to a session which was found unclosed by the record `name`."""
    return f"stands behind the end at which the record {_plain(name)} found this session, whose program had ended: it was added afterwards"


def not_that_end(name: str) -> str:
    """Of the last line of such a session, or of what there is of it."""
    return f"is not the end at which the record {_plain(name)} found this session: lines were changed or cut off afterwards"


def _plain(name: str) -> str:
    """Nothing of a forged name reaches a terminal raw."""
    return "".join(letter if " " <= letter <= "~" else "?" for letter in name[:_LONGEST_NAME])


class Chain(NamedTuple):
    """What was found of the records of a folder."""

    broken: dict[Path, str]
    """The records whose predecessors are not among the paths as they were, with what is wrong."""
    unnamed: tuple[Path, ...]
    """The records whose last line no other one names: whether such an end was cut off or written anew, no record can tell."""
    moved: dict[Path, Fault]
    """The records of sessions that were found unclosed, and do not end there any more."""


class _Opening(NamedTuple):
    """What a first line says."""

    previous: str
    utc: str
    others: object
    """The predecessors it names besides, in whatever way; None: none. Records of earlier releases name only one."""
    unclosed: object
    """The sessions that it found unclosed, in whatever way."""


class _End(NamedTuple):
    """Where a session ended that was found unclosed."""

    lines: int
    head: str
    found_by: str


def broken(paths: Sequence[Path]) -> dict[Path, str]:
    """See `Chain`."""
    return chain(paths).broken


def chain(paths: Sequence[Path]) -> Chain:
    """Whether each record follows from those before it. `audit` tells of those that cannot be read or are too large."""
    named: dict[Path, _Opening] = {}
    holder: dict[str, Path] = {}
    ends: dict[Path, str] = {}
    lines: dict[Path, list[str]] = {}
    for path in paths:
        try:
            if path.lstat().st_size > MAX_BYTES:
                continue
            rows = whole_file(path).split(b"\n")
        except OSError:
            continue
        opening = _opening(rows[0])
        lines[path] = heads = [hashlib.sha256(row).hexdigest() for row in rows[:-1]]
        if opening is not None:
            named[path] = opening
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
    unnamed = tuple(path for path, end in ends.items() if not kept.get(end, set()) - {path})
    return Chain(found, unnamed, dict(_moved(lines, _found_unclosed(named))))


def _found_unclosed(named: dict[Path, _Opening]) -> dict[str, _End]:
    """By the name of each session: the first end at which another record found it. What no programmer writes is passed over."""
    found: dict[str, _End] = {}
    for path, opening in named.items():
        for each in opening.unclosed if isinstance(opening.unclosed, list) else ():
            if not isinstance(each, dict) or each.get("record") == path.stem:
                continue
            name, whole, damaged = each.get("record"), each.get("lines"), each.get("damaged_lines", 0)  # damage was not told at first
            head = each.get("end", each.get("head"))
            if isinstance(name, str) and isinstance(head, str) and type(whole) is int and type(damaged) is int and whole + damaged > 0:
                end = _End(whole + damaged, head, path.stem)
                found[name] = min(end, found.get(name, end))
    return found


def _moved(lines: dict[Path, list[str]], found: dict[str, _End]) -> Iterator[tuple[Path, Fault]]:
    for path, heads in lines.items():
        end = found.get(path.stem)
        if end is None or heads[end.lines - 1 :] == [end.head]:
            continue
        if heads[end.lines - 1 : end.lines] == [end.head]:
            yield path, Fault(end.lines + 1, behind_the_end(end.found_by))
        else:
            yield path, Fault(min(end.lines, len(heads)), not_that_end(end.found_by))


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
    others, unclosed = (data.get(key) if isinstance(data, dict) else None for key in ("also_before", "unclosed"))
    return _Opening(previous, utc, others, unclosed) if isinstance(previous, str) and isinstance(utc, str) else None

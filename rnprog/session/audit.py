"""Checking a record that somebody hands you. Deliberately a second implementation: it shares no code with the writer.

It reads bytes, trusts nothing, and names the line of every fault it finds.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import re
import stat
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

MAX_BYTES = 256 << 20
LEAST_OF_HEAD = 16
"""So many signs of a head are noted at least; fewer would be found by chance."""
KEYS: dict[str, type] = {
    "v": int,
    "session": str,
    "seq": int,
    "mono_ns": int,
    "utc": str,
    "link_s": str,
    "actor": str,
    "kind": str,
    "data": dict,
    "prev": str,
}
VERSIONS = {1}
KINDS = {
    *("open", "close", "stop", "clock stepped", "note", "patient", "limits", "triage"),
    *("intent", "outcome", "settled"),
    *("titration", "titrated", "method", "from 0 again", "both sides", "both sides checked"),
    *("burst over", "answer", "besides", "answer taken back", "agreed to go on", "ceiling"),
}
_SHOWN = 80
_BLOCK = 512
"""The smallest that a disk writes out or does not, in bytes."""
_ZEROS = re.compile(rb"\0+")
_TIME = re.compile(r"-?[0-9]+(\.[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong. `line` counts from 1; 0: the file as a whole."""

    line: int
    text: str
    torn: bool = False
    """A last line that was never finished, or never written out: what a writer leaves that died."""
    misnamed: bool = False
    """Only the name of its file is another: what stands in it may be whole, as in a copy."""


@dataclass(frozen=True, slots=True)
class Audit:
    """What was found. `closed` False: the session was never closed (not a fault by itself)."""

    path: str
    session: str
    lines: int
    head: str
    closed: bool
    emulator: bool
    faults: tuple[Fault, ...]

    @property
    def good(self) -> bool:
        """No fault."""
        return not self.faults


class Unreadable(Exception):
    """The file is not there, cannot be read, or is no record at all."""


def audit(path: Path, *, head: str | None = None) -> Audit:
    """Check every line. With `head` (from a report; its first 16 signs or more), a cut tail or a rewritten record is found too. Unreadable,
    or the findings."""
    try:
        status = path.lstat()
        if stat.S_ISLNK(status.st_mode):
            raise Unreadable(f"{path} is a link to another file; links are not followed. Name the file itself.")
        if not stat.S_ISREG(status.st_mode):  # a pipe or a device may have no end
            raise Unreadable(f"{path} is no file.")
        if status.st_size > MAX_BYTES:
            raise Unreadable(f"{path} is larger than any record.")
        raw = whole_file(path)
    except OSError as error:
        raise Unreadable(f"{path} cannot be read: {error.strerror}.") from error
    faults: list[Fault] = []
    rows = raw.split(b"\n")
    tail, text = rows.pop(), "the last line is torn: it has no end"
    if not tail and rows and _was_never_written_out(raw, len(raw) - len(rows[-1]) - 1):
        tail, text = rows.pop(), "the last line was never written out: blocks of it are zeros"
    if tail:
        faults.append(Fault(len(rows) + 1, text, torn=True))
    expected, session, closed, emulator = None, "", False, False
    for number, row in enumerate(rows, 1):
        found, text = _object(row)
        if found is None:
            faults.append(Fault(number, text))
        else:
            faults.extend(Fault(number, each) for each in _wrong(found, number, session, expected, closed))
            if number == 1:
                session, emulator = str(found.get("session")), _is_emulator(found)
                if session != path.stem:
                    faults.append(Fault(1, _other_name(session), misnamed=True))
            closed = found.get("kind") == "close"
        expected = hashlib.sha256(row).hexdigest()
    if not rows and not tail:
        raise Unreadable(f"{path} is empty.")
    if not session and faults and faults[0].line <= 1 and len(rows) <= 1:
        raise Unreadable(f"{path} is not a session record: {faults[0].text}.")
    if head is not None and (len(head) < LEAST_OF_HEAD or not (expected or "").startswith(head)):
        faults.append(Fault(len(rows), "the last line is not the one that was noted: lines were cut off, added or rewritten"))
    return Audit(str(path), _plain(session), len(rows), expected or "", closed, emulator, tuple(faults))


def whole_file(path: Path) -> bytes:
    """What stands in an ordinary file. OSError when it is a link, or cannot be read."""
    with open(path, "rb", opener=lambda name, flags: os.open(name, flags | getattr(os, "O_NOFOLLOW", 0))) as file:
        return file.read()


def _was_never_written_out(raw: bytes, start: int) -> bool:
    """Whether the last line, which begins at `start`, has zeros, and only from its beginning or from that of a block on: it was not synced
    when the power went."""
    begins = (run.start() for run in _ZEROS.finditer(raw, start))
    return raw.find(b"\0", start) >= 0 and all(at == start or at % _BLOCK == 0 for at in begins)


def _other_name(session: str) -> str:
    return f"is the record {_plain(session)[:_SHOWN]}, and its file has another name: it was renamed, or put in another's place"


def _object(row: bytes) -> tuple[dict[str, Any] | None, str]:
    try:
        found = json.loads(row.decode("ascii"), object_pairs_hook=_no_doubles, parse_constant=_no_constant, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        return None, f"not a line of a record ({_plain(str(error))[:60]})"
    if not isinstance(found, dict):
        return None, "not a line of a record (no JSON object)"
    return found, ""


def _no_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _no_constant(text: str) -> Any:
    raise ValueError(f"{text} is not a number")


def _finite(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ValueError("a number beyond all bounds")
    return value


def _plain(text: str) -> str:
    """Fit for a terminal: nothing of a forged file reaches it raw."""
    return "".join(letter if " " <= letter <= "~" else "?" for letter in text)


def _wrong(found: dict[str, Any], number: int, session: str, expected: str | None, closed: bool) -> list[str]:
    faults = []
    if set(found) != set(KEYS):
        odd = ", ".join(sorted(_plain(key)[:20] for key in set(found) ^ set(KEYS)))
        faults.append(f"keys missing or unknown: {odd}")
    strange = [key for key, kind in KEYS.items() if key in found and type(found[key]) is not kind]
    if strange:
        return [*faults, f"values of another kind than they must be: {', '.join(strange)}"]
    if found.get("v") not in VERSIONS:
        faults.append("unknown record version")
    if found.get("seq") != number - 1:
        faults.append(f"number {number - 1} was expected here: a line was removed, added or moved")
    if number == 1 and found.get("kind") != "open":
        faults.append("the first line does not open a record")
    if number > 1 and found.get("session") != session:
        faults.append("belongs to another session")
    if expected is not None and found.get("prev") != expected:
        faults.append("does not follow from the line before: this line or the one before was changed")
    if found.get("kind") not in KINDS:
        faults.append(f"a line of an unknown kind: {_plain(str(found.get('kind')))[:_SHOWN]}")
    if not _is_moment(str(found.get("utc"))):
        faults.append("its utc is no moment")
    if _TIME.fullmatch(str(found.get("link_s"))) is None:
        faults.append("its link_s is no time")
    if closed:
        faults.append("stands after the closing line")
    return faults


def _is_moment(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def _is_emulator(found: dict[str, Any]) -> bool:
    data = found.get("data")
    return isinstance(data, dict) and data.get("mode") != "device"

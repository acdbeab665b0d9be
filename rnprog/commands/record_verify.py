"""`rnprog record verify --all`: every record of the directory, and whether each follows from those before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rnprog.commands.exits import Exit, simply
from rnprog.commands.render import Face, Sheet, Tone
from rnprog.commands.showable import one_line
from rnprog.session import archive
from rnprog.session.audit import Audit, Fault, Unreadable, audit
from rnprog.session.audit_chain import chain
from rnprog.session.places import record_directory
from rnprog.session.wording import record as say


def told(path: Path, found: Audit) -> dict[str, Any]:
    """What was found, for JSON."""
    return {
        "path": str(path),
        "session": found.session,
        "lines": found.lines,
        "head": found.head,
        "closed": found.closed,
        "emulator": found.emulator,
        "faults": [{"line": fault.line, "text": fault.text} for fault in found.faults],
    }


def whole(found: Audit) -> str:
    """In words: what holds of the lines."""
    if found.good:
        return "each line follows from the one before"
    return f"{len(found.faults)} faults" if len(found.faults) > 1 else "1 fault"


def ending(found: Audit) -> str:
    """In words: how it ended."""
    return "closed" if found.closed else "never closed: the program ended early"


def verify_all(face: Face) -> Exit:
    """All records, oldest first. The worst exit code: 65 over 1; 66 when there is none."""
    directory = record_directory(face.options.record_dir)
    paths = archive.records(directory)[::-1]
    if not paths:
        raise simply(Exit.MISSING, f"There are no records in {directory}.")
    missing, unnamed, moved = chain(paths)
    face.data |= {"directory": str(directory), "records": (listed := []), "ends_named_by_none": [path.stem for path in unnamed]}
    rows: list[tuple[str | tuple[str, Tone], ...]] = []
    code = Exit.DONE
    for path in paths:
        try:
            found = audit(path)
        except Unreadable as error:
            code = Exit.UNREADABLE
            face.reasons.append({"kind": "unreadable", "text": str(error)})
            rows.append((path.stem, "", ("no record", Tone.REFUSED), ""))
            continue
        faults = (*found.faults, *((Fault(1, missing[path]),) if path in missing else ()), *((moved[path],) if path in moved else ()))
        for fault in faults:
            face.line(f"{path.name}:{fault.line}: {fault.text}")
            face.reasons.append({"kind": "fault", "text": f"{path.name}:{fault.line}: {fault.text}"})
        if faults and code is Exit.DONE:
            code = Exit.FINDINGS
        listed.append({**told(path, found), "faults": [{"line": fault.line, "text": fault.text} for fault in faults]})
        rows.append((path.stem, str(found.lines), ("faults", Tone.REFUSED) if faults else "whole", ending(found).partition(":")[0]))
    face.show(Sheet("", ("Record", "Lines", "Found", "End"), rows, frozenset((1,))))
    bad = sum(1 for row in rows if isinstance(row[2], tuple))
    face.say(f"{len(rows)} records in {directory}: " + (f"{bad} with faults." if bad else "each is whole, and follows from those before."))
    if unnamed:
        face.say(say.ends_named_by_none([one_line(path.stem) for path in unnamed]))
    return code

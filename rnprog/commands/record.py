"""`rnprog record list|show|verify`: what earlier sessions left behind. Reads only."""

from __future__ import annotations

import json
from contextlib import suppress
from os.path import isfile, islink
from pathlib import Path
from typing import Annotated, Any

import typer

from rnprog.commands.context import face_of
from rnprog.commands.exits import Ended, Exit, simply
from rnprog.commands.record_verify import ending, told, verify_all, whole
from rnprog.commands.render import Face, Sheet, Tone
from rnprog.commands.showable import one_line
from rnprog.session import archive
from rnprog.session.audit import LEAST_OF_HEAD, Unreadable, audit
from rnprog.session.clock_notes import clock_notes
from rnprog.session.places import record_directory

Which = Annotated[str | None, typer.Argument(metavar="RECORD", help="A file, or how its name begins; default: the newest.")]


def list_records(ctx: typer.Context) -> Exit:
    """List the session records.

    $ rnprog record list

    $ rnprog record list --record-dir /srv/records --json
    """
    face = face_of(ctx)
    directory = record_directory(face.options.record_dir)
    rows: list[tuple[str | tuple[str, Tone], ...]] = []
    face.data |= {"directory": str(directory), "records": (listed := [])}
    for path in archive.records(directory):
        try:
            found = archive.summary(path)
        except OSError as error:
            rows.append((path.name, (f"cannot be read: {error.strerror}", Tone.CAUTION), "", ""))
            continue
        if found is None:
            rows.append((path.name, ("no session record", Tone.CAUTION), "", ""))
            continue
        closed = "closed" if found.closed else ("not closed", Tone.CAUTION)
        rows.append((path.stem, found.command, found.mode, closed))
        listed.append(
            {
                "record": path.stem,
                "path": str(path),
                "opened_utc": found.opened_utc,
                "model": found.model,
                "serial": found.serial,
                "mode": found.mode,
                "command": found.command,
                "patient": found.patient,
                "lines": found.lines,
                "closed": found.closed,
            }
        )
    if rows:
        face.show(Sheet("", ("Record", "Command", "Device", "End"), rows))
    face.say(f"{len(rows)} records in {directory}" if rows else f"There are no records in {directory}")
    return Exit.DONE


def show(ctx: typer.Context, record: Which = None) -> Exit:
    """Show one session record, line by line.

    $ rnprog record show

    $ rnprog record show 20260131T0915 --json

    Long values are shortened; --json shows everything.
    """
    face = face_of(ctx)
    path = record_path(face.options.record_dir, record)
    try:
        rows = list(archive.lines(path))
    except OSError as error:
        raise simply(Exit.MISSING, f"{path} cannot be read: {error.strerror}.") from error
    if not rows:
        raise simply(Exit.UNREADABLE, f"{path} is not a session record.")
    face.data |= {"path": str(path), "lines": rows}
    face.show(Sheet(path.name, ("Nr", "UTC", "What", "Data"), [_row(row) for row in rows], frozenset((0,))))
    _tell_clocks(face, rows)
    return Exit.DONE


def verify(
    ctx: typer.Context,
    record: Which = None,
    head: Annotated[str | None, typer.Option("--head", metavar="SHA256", help="The head that was noted, or its first 16 signs.")] = None,
    all_: Annotated[bool, typer.Option("--all", metavar="", help="Every record, and whether each follows from those before.")] = False,
) -> Exit:
    """Check that a record is whole and unchanged.

    $ rnprog record verify

    $ rnprog record verify --all

    $ rnprog record verify 20260131T091500Z-RN1-00001234-1a2b.jsonl --head 5d41...

    Exit code 0: whole; 1: faults, each with its line; 65: no record at all; 66: not there. A record that was cut off at the end of a line,
    or written anew from its beginning, looks whole by itself: it is found with --head, or with --all by the first record that was begun
    after its end. Which ends no record names yet, --all says.
    """
    face = face_of(ctx)
    if all_:
        if record is not None or head is not None:
            raise simply(Exit.USAGE, "--all looks at every record: name neither one of them nor a head.")
        return verify_all(face)
    head = None if head is None else head.strip().lower()  # copied from paper
    if head is not None and len(head) < LEAST_OF_HEAD:
        raise typer.BadParameter(f"Give the first {LEAST_OF_HEAD} signs at least.", param_hint="--head")
    path = record_path(face.options.record_dir, record)
    try:
        found = audit(path, head=head)
    except Unreadable as error:
        raise unreadable(path, error) from error
    face.data |= told(path, found)
    face.reasons += [{"kind": "fault", "text": f"line {fault.line}: {fault.text}"} for fault in found.faults]
    for fault in found.faults:
        face.line(f"{path.name}:{fault.line}: {fault.text}")
    face.show(f"{one_line(path.name)}: {found.lines} lines, {whole(found)}, {ending(found)}.")
    face.show(f"Head: {found.head}")
    if found.good and head is None:
        face.say("Whether its end was cut off, or all of it written anew, only a noted head (--head) or the next record (--all) can tell.")
    with suppress(OSError):  # it was read just now
        _tell_clocks(face, list(archive.lines(path)))
    return Exit.DONE if found.good else Exit.FINDINGS


def _tell_clocks(face: Face, rows: list[dict[str, Any]]) -> None:
    """What the record says of its clocks: set or stopped within the session, not agreeing at its beginning. No fault of the record."""
    face.data["clocks"] = told = list(clock_notes(rows))
    for text in told:
        face.say(text, Tone.CAUTION)


def unreadable(path: Path, error: OSError | Unreadable) -> Ended:
    """A record that cannot be read: 65, or 66 where no file of that name is there; a link in its place is none."""
    told = str(error) if isinstance(error, Unreadable) else f"{path} cannot be read: {error.strerror}."
    return simply(Exit.UNREADABLE if isfile(path) and not islink(path) else Exit.MISSING, told)


def record_path(chosen: Path | None, record: str | None) -> Path:
    """The record that is meant. Ended (66) when there is none."""
    directory = record_directory(chosen)
    if record is not None:
        return archive.find(directory, record)
    newest = next(iter(archive.records(directory)), None)
    if newest is None:
        raise simply(Exit.MISSING, f"There are no records in {directory}.")
    return newest


def _row(row: dict[str, Any]) -> tuple[str, str, str, str]:
    data = dict(row["data"])
    what = str(data.pop("what", ""))
    kind = str(row.get("kind", ""))
    time = str(row.get("utc", "")).partition("T")[2].partition("+")[0]
    words = [f"{key}={_short(value)}" for key, value in data.items()]
    return str(row.get("seq", "")), time, f"{kind} {what}".strip(), ", ".join(words)


def _short(value: object) -> str:
    """A value that fits a table; --json shows all of it."""
    if isinstance(value, list) and len(value) > 4:
        return f"[{len(value)} entries]"
    if isinstance(value, dict):
        return "{" + ", ".join(str(key) for key in value)[:60] + "}"
    return value if isinstance(value, str) else json.dumps(value)

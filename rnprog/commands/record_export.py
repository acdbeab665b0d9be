"""`rnprog record export`: a record for a spreadsheet or another program. Reads only."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from shlex import quote
from typing import Annotated

import typer

from rnprog.commands.context import face_of
from rnprog.commands.exits import Exit
from rnprog.commands.output import write_file
from rnprog.commands.record import Which, record_path, unreadable
from rnprog.commands.render import Tone
from rnprog.commands.saving import save_text
from rnprog.session import archive
from rnprog.session.audit import Unreadable, audit
from rnprog.session.export import as_csv


class Form(StrEnum):
    """How it is written."""

    CSV = "csv"
    JSON = "json"


def export(
    ctx: typer.Context,
    record: Which = None,
    form: Annotated[Form, typer.Option("--format", case_sensitive=False, help="A table, or a list of all lines.")] = Form.CSV,
    output: Annotated[Path | None, typer.Option("--output", metavar="FILE", help="A new file; default: standard output.")] = None,
) -> Exit:
    """Export a session record as a table or as JSON.

    $ rnprog record export --output session.csv

    $ rnprog record export 20260131T0915 --format json

    Exit code 0: exported; 1: exported, but the record is not whole or was changed: `rnprog record verify` names the lines. With --json the
    answer says what was done, and --output is needed.
    """
    face = face_of(ctx)
    if face.options.json and output is None:
        raise typer.BadParameter("With --json the export needs a file of its own.", param_hint="--output")
    path = record_path(face.options.record_dir, record)
    try:
        found, lines = audit(path), list(archive.lines(path))
    except (OSError, Unreadable) as error:
        raise unreadable(path, error) from error
    text = as_csv(lines) if form is Form.CSV else json.dumps(lines, indent=1) + "\n"
    face.data |= {"path": str(path), "format": str(form), "lines": len(lines), "whole": found.good}
    if output is None:
        write_file(text)
    else:
        save_text(output, text, replace=False)
        face.data["output"] = str(output)
        face.show(f"{len(lines)} lines of {path.name} are in {output}.")
    if found.emulator:
        face.say("These lines were made on an emulator.")
    if found.good:
        return Exit.DONE
    face.reasons += [{"kind": "fault", "text": f"line {fault.line}: {fault.text}"} for fault in found.faults]
    face.say(f"The record is not whole: {len(found.faults)} faults. See `rnprog record verify {quote(str(path))}`.", Tone.CAUTION)
    return Exit.FINDINGS

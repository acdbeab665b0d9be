"""`rnprog record reconcile`: whether a record explains every pulse of an emulator's ground truth. Reads only."""

from __future__ import annotations

from os.path import isfile
from pathlib import Path
from shlex import quote
from typing import Annotated

import typer

from rnprog.commands.context import face_of
from rnprog.commands.exits import Exit, simply
from rnprog.commands.record import record_path, unreadable
from rnprog.session import archive
from rnprog.session.audit import Unreadable, audit
from rnprog.session.ground_truth import NoTruth, read_runs
from rnprog.session.reconcile import best_run


def reconcile(
    ctx: typer.Context,
    record: Annotated[str, typer.Argument(metavar="RECORD", help="A file, or how its name begins.")],
    truth: Annotated[Path, typer.Argument(metavar="TRUTH", help="What rnprog-emulator --truth FILE wrote.")],
) -> Exit:
    """Compare a record with an emulator's ground truth.

    $ rnprog record reconcile 20260131T0915 truth.jsonl

    Every opening of an output, pulse by pulse: amplitude, width, rate, time, and why it ended. Of several runs in the file the one is taken
    that fits the record best. What the implant's own therapy sessions gave is left aside.

    Exit code 0: each side explains the other; 1: not, each thing in a line; 65: no whole record, or no ground truth of this device; 66: not
    there.
    """
    face = face_of(ctx)
    path = record_path(face.options.record_dir, record)
    try:
        audited, lines = audit(path), list(archive.lines(path))
    except (OSError, Unreadable) as error:
        raise unreadable(path, error) from error
    if any(not fault.torn for fault in audited.faults):
        look = f"rnprog record verify {quote(str(path))}"
        raise simply(Exit.UNREADABLE, f"The record {path.stem} is not whole or was changed: `{look}` says where.")
    try:
        runs = read_runs(truth)
    except NoTruth as error:
        raise simply(Exit.UNREADABLE if isfile(truth) else Exit.MISSING, str(error)) from error
    try:
        best = best_run(runs, lines)
    except (KeyError, TypeError, ValueError) as error:
        raise simply(Exit.UNREADABLE, f"The record {path.stem} cannot be compared: a line does not say what it must.") from error
    if best is None:
        raise simply(Exit.UNREADABLE, f"{truth} is of another device than the record {path.stem}: none of its runs has that serial number.")
    run, found = best
    face.data |= {"path": str(path), "truth": str(truth), "run": run.number, "changes": len(run.changes), "unexplained": found}
    face.reasons += [{"kind": "unexplained", "text": text} for text in found]
    for text in found:
        face.line(text)
    said = f"{len(found)} things are not explained" if found else f"each of {len(run.changes)} changes of output is explained"
    face.show(f"{path.name} and run {run.number} of {truth.name}: {said}.")
    return Exit.FINDINGS if found else Exit.DONE

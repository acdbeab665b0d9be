"""`rnprog profile verify`: many files, all rules, one exit code. The options; the work is in `profile_batch`."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from rnprog.commands.context import face_of
from rnprog.commands.exits import Exit, simply
from rnprog.commands.output import delivered
from rnprog.commands.profile_batch import MOST_JOBS, NotWritten, Request, carry_out
from rnprog.commands.profile_reports import Format
from rnprog.profile.capabilities_json import LimitsError, capabilities_from_file
from rnprog.therapy.capabilities import Capabilities

Limits = Annotated[Path | None, typer.Option("--limits", metavar="FILE", help="Output of `rnprog status --json`.")]


def verify(
    ctx: typer.Context,
    paths: Annotated[list[str], typer.Argument(metavar="PATH", help="Files, folders, or names of profiles.")],
    limits: Limits = None,
    written: Annotated[Format | None, typer.Option("--format", help="text, json, junit, sarif or github.", metavar="FORMAT")] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="Where they go; default: stdout.")] = None,
    jobs: Annotated[int | None, typer.Option("--jobs", min=1, max=MOST_JOBS, metavar="N", help="Processes; default: all.")] = None,
    remember: Annotated[bool, typer.Option("--cache/--no-cache", help="Remember contents that were found good.")] = True,
) -> Exit:
    """Verify profiles against all limits.

    $ rnprog profile verify profiles/

    $ rnprog profile verify anna.toml --limits device.json --format json

    $ rnprog profile verify profiles/ --format junit --output findings.xml

    Folders are walked. Without --limits, against the limits of the reference device. Exit code 0: all valid; 1: findings; 65: a file
    cannot be parsed; 66: a file is missing; of several the gravest, 65 over 66 over 1. Warnings alone are valid. What a rule asks for:
    rnprog profile explain RN301. The format is text, or github where GITHUB_ACTIONS is set.
    """
    face = face_of(ctx)
    chosen = written or (Format.GITHUB if os.environ.get("GITHUB_ACTIONS") == "true" else Format.TEXT)
    as_json = face.options.json or (chosen is Format.JSON and output is None)
    face.options = replace(face.options, json=as_json)  # a refusal of the limits is told in the same way
    request = Request(tuple(paths), limits_of(limits), chosen, output, jobs, remember, face.options.quiet, as_json)
    face.options = replace(face.options, json=False)  # the object on stdout is written here, as it comes
    try:
        with delivered():
            return Exit(carry_out(request, sys.stdout))
    except NotWritten as error:
        face.options = replace(face.options, json=as_json)
        raise simply(Exit.USAGE, str(error)) from error


def limits_of(path: Path | None) -> Capabilities | None:
    """The limits in a file. Ended (66 not there, 65 cannot be read)."""
    try:
        return None if path is None else capabilities_from_file(path)
    except LimitsError as error:
        raise simply(Exit.MISSING if error.missing else Exit.UNREADABLE, str(error)) from error

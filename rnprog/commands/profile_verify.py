"""`rnprog profile verify`: many files, all rules, one exit code."""

from __future__ import annotations

import json
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from rnprog.commands.context import face_of
from rnprog.commands.exits import Exit, simply
from rnprog.commands.profile_files import place
from rnprog.commands.render import Face
from rnprog.profile.capabilities_json import LimitsError, capabilities_from_file
from rnprog.profile.findings import Finding, ProfileError
from rnprog.profile.library import find, is_path
from rnprog.profile.rules import Severity
from rnprog.profile.verify import Report, verify_paths


class Format(StrEnum):
    """How the findings are written."""

    TEXT = "text"
    JSON = "json"


def verify(
    ctx: typer.Context,
    paths: Annotated[list[str], typer.Argument(metavar="PATH", help="Files, folders, or names of profiles.")],
    limits: Annotated[Path | None, typer.Option("--limits", metavar="FILE", help="Output of `rnprog status --json`.")] = None,
    written: Annotated[Format, typer.Option("--format", help="How findings are written.")] = Format.TEXT,
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="Where they go; default: stdout.")] = None,
) -> Exit:
    """Verify profiles against all limits.

    $ rnprog profile verify profiles/

    $ rnprog profile verify anna.toml --limits device.json --format json

    Folders are walked. Without --limits, against the limits of the reference device. Exit code 0: all valid; 1: findings; 65: a file
    cannot be parsed; 66: a file is missing; of several the gravest, 65 over 66 over 1. Warnings alone are valid.
    """
    face = face_of(ctx)
    if written is Format.JSON and output is None:
        face.options = replace(face.options, json=True)
    try:
        capabilities = None if limits is None else capabilities_from_file(limits)
    except LimitsError as error:
        raise simply(Exit.MISSING if error.missing else Exit.UNREADABLE, str(error)) from error
    report = verify_paths(_meant(paths), capabilities)
    code = Exit(report.exit_code)
    face.data |= _data(report)
    face.reasons += [{"kind": finding.rule, "text": f"{place(finding)}: {finding.text}"} for finding in report.errors]
    lines = [_line(finding) for finding in report.findings]
    if output is not None:
        _write(output, _json(face, code) if written is Format.JSON else "".join(f"{line}\n" for line in lines))
    else:
        for finding, line in zip(report.findings, lines, strict=True):
            _show(face, finding, line)
    face.show(_summary(report))
    return code


def _meant(paths: list[str]) -> list[Path]:
    """Paths as they stand; a bare word that is no file or folder here is a profile's name."""
    return [Path(path) if is_path(path) or Path(path).exists() else _named(path) for path in paths]


def _named(name: str) -> Path:
    try:
        return find(name)
    except ProfileError:
        return Path(name)


def _data(report: Report) -> dict[str, Any]:
    return {
        "files": list(report.files),
        "errors": len(report.errors),
        "warnings": len(report.warnings),
        "findings": [finding.as_dict() for finding in report.findings],
    }


def _line(finding: Finding) -> str:
    return f"{place(finding)}: {finding.severity} {finding.rule}: {finding.text} ({finding.source})"


def _show(face: Face, finding: Finding, line: str) -> None:
    if not (face.options.quiet and finding.severity is Severity.WARNING):
        face.raw(f"{line}\n")


def _summary(report: Report) -> str:
    files = "1 file" if len(report.files) == 1 else f"{len(report.files)} files"
    errors, warnings = len(report.errors), len(report.warnings)
    return f"{files}: {errors} error{'' if errors == 1 else 's'}, {warnings} warning{'' if warnings == 1 else 's'}."


def _json(face: Face, code: Exit) -> str:
    return json.dumps({"schema": face.schema, "ok": code == 0, "code": int(code), **face.data}, indent=2) + "\n"


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise simply(Exit.USAGE, f"The findings cannot be written to {path}: {error.strerror}. Choose another place.") from error

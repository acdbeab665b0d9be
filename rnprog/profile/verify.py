"""Verification of profiles: all rules, all findings at once, one file or a whole tree.

It gathers what reading, format, therapy rules and provenance find; none of those rules is written here.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rnprog.profile.batch import Batch
from rnprog.profile.fields import lookup
from rnprog.profile.findings import Finding, Problem, ProfileError, shown, shown_name, worst
from rnprog.profile.judging import limits_for, therapy_problems
from rnprog.profile.names import SUFFIX
from rnprog.profile.provenance import provenance_problems
from rnprog.profile.reading import plain_lines, read_tables, read_text
from rnprog.profile.rules import Severity
from rnprog.profile.signing import signing_problems
from rnprog.profile.structure import structure
from rnprog.profile.wording import placed
from rnprog.therapy.capabilities import Capabilities

if TYPE_CHECKING:
    from rnprog.profile.model import Profile

__all__ = ["Finding", "ProfileError", "Report", "Severity", "load_verified", "verify_file", "verify_paths", "verify_text"]


@dataclass(frozen=True, slots=True)
class Report:
    """A batch: what was looked at and what was found."""

    files: tuple[str, ...]
    """Every file looked at, in order; a path that could not be found or read is among them."""
    findings: tuple[Finding, ...]

    @property
    def exit_code(self) -> int:
        """0 valid (warnings allowed), 1 errors, 65 a file cannot be parsed, 66 a file is missing; 65 over 66 over 1."""
        return worst(self.findings)

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.severity is Severity.ERROR)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.severity is Severity.WARNING)


def load_verified(path: Path, capabilities: Capabilities | None = None) -> Profile:
    """The profile in a file that breaks no rule. Raises `ProfileError` with every finding if one is an error."""
    text = read_text(path)
    findings = _of_file(path, text, capabilities)
    if worst(findings):
        raise ProfileError(findings)
    from rnprog.profile.schema import parse  # not at the top: pydantic takes longer to load than a file to verify

    return parse(text, path)


def title_of(path: Path) -> str:
    """The title of a profile of either class whose entries can all be read. Raises `ProfileError`."""
    text = read_text(path)
    tables = read_tables(text, path)
    found = structure(tables, text)
    if found:
        raise ProfileError(placed(found, text, path))
    return str(lookup(tables, ("profile", "title")))


def verify_text(text: str, origin: str | os.PathLike[str], capabilities: Capabilities | None = None) -> list[Finding]:
    """Every finding about a profile text, in the order of the text. Never raises for anything in the text.

    `capabilities` `None`: the limits that come with rnprog for the profile's device model.
    """
    return _findings(plain_lines(text), origin, capabilities, None)


def verify_file(path: Path, capabilities: Capabilities | None = None) -> list[Finding]:
    """The same for a file, with the rules about the file itself. Never raises for anything about the file."""
    try:
        text = read_text(path)
    except ProfileError as error:
        return list(error.findings)
    return _of_file(path, text, capabilities)


def verify_paths(paths: Iterable[Path], capabilities: Capabilities | None = None) -> Report:
    """All files, and all *.toml in the folders among `paths`, sorted. Links are not followed, hidden folders not entered.

    One bad file never keeps the others from being verified.
    """
    files: list[str] = []
    findings: list[Finding] = []
    for file, found in Batch(capabilities).run(paths):
        files.append(file)
        findings.extend(found)
    return Report(tuple(files), tuple(findings))


def _of_file(path: Path, text: str, capabilities: Capabilities | None) -> list[Finding]:
    return _findings(text, path, capabilities, path.name.removesuffix(SUFFIX))


def _findings(text: str, origin: str | os.PathLike[str], capabilities: Capabilities | None, stem: str | None) -> list[Finding]:
    try:
        tables = read_tables(text, origin)
    except ProfileError as error:
        return list(error.findings)
    problems = [
        *structure(tables, text),
        *therapy_problems(tables, capabilities),
        *provenance_problems(tables),
        *signing_problems(tables, limits_for(tables, capabilities)),
        *_file_name(tables, stem),
    ]
    return placed(problems, text, origin) if problems else []


def _file_name(tables: dict[str, object], stem: str | None) -> Iterator[Problem]:
    """A profile is found by the name of its file."""
    name = lookup(tables, ("profile", "name"))
    if stem is not None and isinstance(name, str) and name != stem:
        text = f"The profile is called {shown(name)}, but its file {shown_name(stem)}{SUFFIX}. Give both one name, so that it can be found."
        yield Problem("RN409", ("profile", "name"), text)

"""What verification says: findings, with their place in the file, and the error that carries them. Owns these shapes and safe display."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from rnprog.profile.rules import RULES, VALID, Severity

KeyPath = tuple[str, ...]
"""Where an entry stands in the file: its tables, then its key."""

_LONGEST_SHOWN = 40
_GRAVEST_FIRST = (65, 66, 1)


@dataclass(frozen=True, slots=True)
class Problem:
    """A finding before its place in the file is known."""

    rule: str
    path: KeyPath
    text: str
    source: str | None = None
    """`None`: the source of the rule."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule that a file breaks. All text is safe to show on a terminal."""

    rule: str
    severity: Severity
    file: str
    line: int | None
    """Counts from 1; `None`: the finding is about the file as a whole."""
    column: int | None
    """In characters, counts from 1."""
    field: str
    """The entry, dotted ("left.amplitude_ma"); empty: the file as a whole."""
    text: str
    """What is wrong and what to do, for a clinician."""
    source: str
    """Where the rule or the bound comes from."""

    @property
    def exit_code(self) -> int:
        """What this finding means for the exit code: 0 for a warning."""
        return RULES[self.rule].exit_code if self.severity is Severity.ERROR else VALID

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        return {
            "rule": self.rule,
            "severity": self.severity.value,
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "field": self.field,
            "text": self.text,
            "source": self.source,
        }


class ProfileError(Exception):
    """A profile that cannot be used. `findings` holds at least one; `exit_code` is that of the gravest."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__(" ".join(finding.text for finding in self.findings))

    @property
    def exit_code(self) -> int:
        return worst(self.findings)


def worst(findings: Iterable[Finding]) -> int:
    """The exit code of a batch: 65 over 66 over 1; warnings alone are 0."""
    codes = {finding.exit_code for finding in findings}
    return next((code for code in _GRAVEST_FIRST if code in codes), VALID)


def about_file(rule: str, file: str | os.PathLike[str], text: str, *, line: int | None = None, column: int | None = None) -> Finding:
    """A finding about a whole file, or a place in it that belongs to no entry."""
    return Finding(rule, RULES[rule].severity, shown_path(file), line, column, "", text, RULES[rule].source)


def refusal(rule: str, file: str | os.PathLike[str], text: str, *, line: int | None = None, column: int | None = None) -> ProfileError:
    """The same as an error to raise."""
    return ProfileError([about_file(rule, file, text, line=line, column=column)])


def shown(text: object) -> str:
    """`text` from a file, cut short, with "?" for everything that is not printable ASCII: safe on any screen."""
    safe = str(text)[: _LONGEST_SHOWN + 1]
    if not (safe.isascii() and safe.isprintable()):
        safe = "".join(character if " " <= character <= "~" else "?" for character in safe)
    return safe if len(safe) <= _LONGEST_SHOWN else f"{safe[:_LONGEST_SHOWN]}..."


def shown_name(text: str) -> str:
    """The name of a file or what was typed as one, cut short, in letters of any language; "?" for what cannot be printed."""
    safe = shown_path(text[: _LONGEST_SHOWN + 1])
    return safe if len(text) <= _LONGEST_SHOWN else f"{safe[:_LONGEST_SHOWN]}..."


def shown_path(path: str | os.PathLike[str]) -> str:
    """A path with "?" for every character that cannot be printed."""
    text = path.as_posix() if isinstance(path, Path) else os.fspath(path)
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else "?" for character in text)

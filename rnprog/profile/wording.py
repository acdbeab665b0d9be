"""Sentences for what is wrong with the form of an entry, and the way from a problem to a finding with its place in the file.

It must not know pydantic's classes, and no range.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterable

from rnprog.profile.fields import KEYS, NUMBERS, label_of, lookup
from rnprog.profile.findings import Finding, KeyPath, Problem, shown, shown_path
from rnprog.profile.numbers import OddNumber, exact, kind_of
from rnprog.profile.positions import scan
from rnprog.profile.rules import RULES

_POINTS_AT_KEY = ("RN201", "RN601", "RN603")
_MAYBE_ODD = re.compile(r"=[ \t]*(?:[+-]|0[xob]|[0-9]+_)")
"""An integer that the TOML reader takes but whose written form a dose may not have."""


def form_problem(kind: str, path: KeyPath, value: object, *, guess: bool = True) -> Problem:
    """An entry that is missing, unknown or no table, as a problem; `kind` is pydantic's name for the error.

    `guess`: whether to look for the entry that may be meant, which takes time.
    """
    if kind == "missing":
        return Problem("RN202", path, f"{_entry(path)} is missing. Add it; nothing is assumed.")
    if kind == "extra_forbidden":
        return Problem("RN201", path, _unknown(path, value, guess))
    return Problem("RN203", path, f"{label_of(path)}: write a table [{label_of(path)}] here, not {kind_of(value)}.")


def odd_literals(tables: dict[str, object], text: str) -> list[Problem]:
    """Integers of a dose that are written with a sign, as hexadecimal or with underscores; "-0" is among them."""
    if _MAYBE_ODD.search(text) is None:
        return []
    places = scan(text)
    found = []
    for path in NUMBERS:
        value = lookup(tables, path)
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            continue
        place = places.by_path.get(path)
        if place is None:
            found.append(Problem("RN204", path, f"{label_of(path)}: write the key without quotes and the number in plain digits."))
        elif isinstance(number := exact(place.literal), OddNumber):
            found.append(Problem("RN204", path, f"{label_of(path)}: {number.reason}"))
    return found


def placed(problems: Iterable[Problem], text: str, origin: str | os.PathLike[str]) -> list[Finding]:
    """The problems as findings, in the order of the file. `text` has plain line feeds."""
    places = scan(text)
    findings = []
    for problem in problems:
        rule, place = RULES[problem.rule], places.nearest(problem.path)
        at_key = problem.rule in _POINTS_AT_KEY or problem.path not in places.by_path
        findings.append(
            Finding(
                rule.id,
                rule.severity,
                shown_path(origin),
                place.line,
                place.column if at_key else place.value_column,
                shown(".".join(problem.path)),
                problem.text,
                problem.source or rule.source,
            )
        )
    return sorted(findings, key=lambda finding: (finding.line or 0, finding.column or 0, finding.rule))


def _entry(path: KeyPath) -> str:
    if path in KEYS:
        return f"The table [{'.'.join(path)}]"
    return f"{path[-1]} in [{'.'.join(path[:-1])}]" if len(path) > 1 else path[-1]


def _unknown(path: KeyPath, value: object, guess: bool) -> str:
    name = shown(path[-1])
    known = [key for key in KEYS.get(path[:-1], ()) if key != path[-1]]
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.75) if guess else []
    meant = f" If {close[0]} is meant, write that." if close else ""
    what = (
        f"The table [{shown('.'.join(path))}]"
        if isinstance(value, dict)
        else f"{name}" + (f" in [{shown('.'.join(path[:-1]))}]" if path[:-1] else "")
    )
    return f"{what} is not part of a profile. Remove it or correct its name.{meant}"

"""Every entry of a profile that is missing, unknown or of the wrong kind or form (RN2xx but ranges and steps, RN410). Judges no dose.

The layout is that of `fields`, the forms are those of `forms`. pydantic, which takes longer to load than a file to verify, is not asked: a
profile without a finding here is one for `schema` (a test compares the two on thousands of files).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

from rnprog.profile.fields import AREA, CLASS, IMPLANTED, KEYS, NUMBERS, OPTIONAL, ORIGIN, PERCUTANEOUS, PROGRAM, label_of, lookup
from rnprog.profile.findings import KeyPath, Problem
from rnprog.profile.forms import OTHERS, TEXTS, Fault, dose
from rnprog.profile.percutaneous import TABLE
from rnprog.profile.wording import form_problem, odd_literals

_SOURCES: KeyPath = ("provenance", "sources")
_MOST_GUESSES = 20
"""A file with more unknown entries than these is another kind of file, and nobody is helped by guesses."""
_NEEDED: dict[str, tuple[KeyPath, ...]] = {IMPLANTED: ((PROGRAM,), AREA), PERCUTANEOUS: ((TABLE,),)}
_FOREIGN: dict[str, tuple[str, ...]] = {IMPLANTED: (TABLE,), PERCUTANEOUS: (PROGRAM, "left", "right", ORIGIN)}


def structure(tables: dict[str, object], text: str) -> list[Problem]:
    """All of them. The version is known to be right."""
    return [*_of_table((), tables, count()), *_class_problems(tables), *odd_literals(tables, text)]


def _of_table(path: KeyPath, table: object, unknown: Iterator[int]) -> Iterator[Problem]:
    if not isinstance(table, dict):
        yield form_problem("model_type", path, table)
        return
    for key in KEYS[path]:
        entry = (*path, key)
        if key not in table:
            if entry not in OPTIONAL and path[:2] != _SOURCES:
                yield form_problem("missing", entry, None)
        elif entry in KEYS:
            yield from _of_table(entry, table[key], unknown)
        elif form := dose if entry in NUMBERS else TEXTS.get(entry) or OTHERS.get(entry):
            try:
                form(table[key])
            except Fault as fault:
                yield Problem(fault.rule, entry, f"{label_of(entry)}: {fault.reason}")
    for key, value in table.items():
        if key not in KEYS[path]:
            yield form_problem("extra_forbidden", (*path, key), value, guess=next(unknown) < _MOST_GUESSES)


def _class_problems(tables: dict[str, object]) -> list[Problem]:
    """What the class of the profile asks for and is not there, and what belongs to the other class."""
    kind = lookup(tables, CLASS)
    if not isinstance(kind, str) or kind not in _NEEDED:
        return []
    found = [form_problem("missing", path, None) for path in _NEEDED[kind] if lookup(tables, path) is None]
    for name in _FOREIGN[kind]:
        if name in tables:
            said = f'The table [{name}] does not belong to a profile of the class "{kind}". Remove it, or correct the class.'
            found.append(Problem("RN410", (name,), said))
    return found

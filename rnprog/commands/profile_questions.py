"""The questions of `profile new` when no name was given. Owns their words; an empty line takes what is offered."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass

from rnprog.commands.asking import wrapped
from rnprog.commands.exits import Exit, simply
from rnprog.profile.names import code_problem, name_problem


@dataclass(frozen=True, slots=True)
class Answers:
    """What was answered; `None`: nothing, so what the template says holds."""

    name: str
    title: str | None
    patient: str | None
    serial: str | None
    author: str | None


def ask(template: str) -> Answers:
    """Ask for everything that makes a profile one patient's. Ended (2) when the input ends before the name."""
    _say(f"A new profile, begun as a copy of {template}. Enter alone takes what is offered.")
    name = _answer("Its name, lower-case letters, digits and hyphens:", name_problem, needed=True)
    return Answers(
        name or "",
        _answer(f"Title on screens (Enter: {(name or '').replace('-', ' ').capitalize()}):", _one_line),
        _answer("Patient code, a pseudonym, never a name (Enter: no one patient):", code_problem),
        _answer("Serial number of the only device it is for (Enter: any of its model):", _one_line),
        _answer("Who answers for it (Enter: as in the copy):", _one_line),
    )


def _answer(question: str, problem: Callable[[str], str | None], *, needed: bool = False) -> str | None:
    while True:
        _say(question, end=" ")
        line = sys.stdin.readline()
        if not sys.stdin.isatty():
            sys.stderr.write("\n")
        if not line:
            raise simply(Exit.USAGE, "The input ended before all was answered. Nothing was written.")
        text = line.strip()
        if not text and not needed:
            return None
        wrong = problem(text)
        if wrong is None:
            return text
        _say(wrong)


def _one_line(text: str) -> str | None:
    if text.isprintable() and len(text) <= 100:
        return None
    return "At most 100 characters, without control characters."


def _say(text: str, end: str = "\n") -> None:
    sys.stderr.write(wrapped(text) + end)
    sys.stderr.flush()

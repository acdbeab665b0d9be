"""Words about keys: what each of them does, and what is wrong with a keymap file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

_ON_SCREEN = (
    (re.compile(r"rnprog titrate --side (left|right) --electrodes=([^\s.;,]+)"), r"F4, the \1 side, contacts \2"),
    (re.compile(r"`?rnprog titrate`?"), "F4"),
    (re.compile(r"`?rnprog impedance`?"), "F3, then F5"),
    (re.compile(r"\(command line: `rnprog status`\)"), "(F8)"),
    (re.compile(r"`rnprog status`"), "F8"),
    (re.compile(r"`?rnprog program show`?"), "F6"),
    (re.compile(r"Say `rnprog stop`"), "Press F12"),
    (re.compile(r": `rnprog stop`"), ", on the command line: `rnprog stop`"),
    (re.compile(r"; `rnprog ports` lists what is there"), "; the screen on which a device is chosen lists what is there (F5)"),
    (re.compile(r"implant's log: rnprog log therapy"), "implant's log, on the command line: rnprog log therapy"),
    (re.compile(r" \(--pulse-width\)"), " (w)"),
    (re.compile(r"(?:with )?--profile (cautious|quick)"), r"precision \1"),
    (re.compile(r"(?<!command line: )(`rnprog [^`]+`)"), r"\1, on the command line,"),
    (re.compile(r"(on the command line),(?=[,.;:)]|$)"), r"\1"),
)
"""What the screen has no key for is said to be the command line's."""


def on_screen(text: str) -> str:
    """A sentence made for the command line, with the keys of the screen in place of its commands."""
    for command, key in _ON_SCREEN:
        text = command.sub(key, text)
    return text


KEYS: tuple[tuple[str, str], ...] = (
    ("F12, Ctrl+C", "STOP. Everywhere, at any time. Both always work."),
    ("F2 F3 F4 F6 F7", "Overview, leads, titration, program, record: the order of an appointment"),
    ("F5", "The one thing this screen is for: measure, prepare, give, write, close"),
    ("F8", "Do what the message above calls for"),
    ("+ -", "Another amplitude is wanted; nothing flows before F5"),
    ("0 f 1 2 3 e x u", "What a burst did: none, felt, flicker, clear, strong, wrong place, TOO STRONG, unsure"),
    ("c", "After TOO STRONG: the patient agrees, go on below it"),
    ("t", "Both sides have an amplitude: check them together. With a profile on the program screen: what was titrated instead"),
    ("b", "Take the last answer back, and give it again"),
    ("F9", "Finish this side, or the check of both sides, with what is known"),
    ("l r m p", "Before a side: left, right, the way, how exactly"),
    ("h, w", "Before a side: how a contraction is confirmed; a longer pulse"),
    ("k, then 0-3 c", "Before a side: its contacts; each press: cathode, anode, off"),
    ("Ctrl+P", "Everything else: profiles, frames, themes"),
    ("PgUp PgDn, Tab", "Scroll; go to the fields"),
    ("F10", "Leave. It asks, and stops first."),
)
HELP_TITLE = "Keys"
HELP_CLOSE = "Esc closes"


def too_large(path: Path) -> str:
    """The file."""
    return f"{path} is too large for a keymap."


def unreadable(path: Path, why: str | None) -> str:
    """The file. `why` None: it is no text."""
    return f"The keymap {path} cannot be read: {why or 'it is no text'}."


def no_keymap(path: Path) -> str:
    """Something else is in the file."""
    return f"{path} is no keymap."


def not_understood(path: Path, why: object) -> str:
    """It is no TOML."""
    return f"The keymap {path} cannot be understood: {why}"


def no_table(path: Path) -> str:
    """TOML without keys."""
    return f"The keymap {path} has no table [keys]."


def stop_keeps(path: Path) -> str:
    """STOP cannot be given another key."""
    return f"{path}: STOP keeps its keys, F12 and Ctrl+C. Remove the entry."


def no_action(path: Path, action: str, known: Sequence[str]) -> str:
    """An unknown name."""
    return f"{path}: there is no action {action!r}. Known: {', '.join(known)}."


def no_such_key(path: Path, action: str, key: object) -> str:
    """Not one key, or one that means something else."""
    return f"{path}: {action} cannot have the key {key!r}. Choose one function key, or one letter with Ctrl, for example ctrl+t."


def single_sign(path: Path, action: str) -> str:
    """Signs answer bursts."""
    return f"{path}: {action} cannot have a single letter or sign: those answer bursts."


def clash(path: Path, key: str, one: str, other: str) -> str:
    """Two actions on one key."""
    return f"{path}: the key {key!r} would mean both {one} and {other}. Give one of them another key."


STOP_TAKEN = "The keymap took a key from STOP. It is not used."
"""A second look at the keys in use, after a keymap was applied."""

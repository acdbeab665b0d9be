"""The keys of the app, and what they are called where a text names one.

STOP is bound twice with priority; the second has no id, so that no keymap can take it away.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.binding import BindingType

DEFAULTS: dict[str, tuple[str, str]] = {
    "overview": ("f2", "go('overview')"),
    "leads": ("f3", "go('leads')"),
    "titration": ("f4", "go('titration')"),
    "main": ("f5", "main"),
    "program": ("f6", "go('program')"),
    "record": ("f7", "go('record')"),
    "answer": ("f8", "answer"),
    "leave": ("f10", "leave"),
    "help": ("f1", "help"),
    "palette": ("ctrl+p", "palette"),
}
"""Name in a keymap: key, and what it does."""
STOP_KEYS = ("f12", "ctrl+c")
FINISH_KEY = "f9"
"""Finishes a side while one is being titrated; its place is not given away."""

_names: dict[str, str] = {}  # as it stands in our sentences: as it is called now
_NAMED = re.compile(r"(?<![\w-])(?:F\d{1,2}|Ctrl\+[A-Z]|\^[A-Z])(?![\w-])")


def bindings() -> list[BindingType]:
    """All of them."""
    from textual.binding import Binding

    return [
        Binding("f12", "stop", show=False, priority=True, id="stop"),
        Binding("ctrl+c", "stop", show=False, priority=True),
        Binding("ctrl+q", "leave", show=False, priority=True),
        *(Binding(key, action, show=False, id=name) for name, (key, action) in DEFAULTS.items()),
    ]


def name_of(key: str) -> str:
    """As it is written on a keyboard: F5, Ctrl+T."""
    return "+".join(part.capitalize() for part in key.split("+"))


def use_names(keymap: Mapping[str, str] | None) -> None:
    """Call the keys as this keymap has them, from now on."""
    _names.clear()
    for action, key in (keymap or {}).items():
        default = name_of(DEFAULTS[action][0])
        for name in (default, default.replace("Ctrl+", "^")):
            _names[name] = name_of(key)


def keyed(text: str) -> str:
    """One of our own sentences, with each key called as it is bound. Not for the text of a device or of a file."""
    return _NAMED.sub(lambda found: _names.get(found[0], found[0]), text) if _names else text

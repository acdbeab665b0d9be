"""The keymap file: other keys for the same actions. STOP is not among them: F12 and Ctrl+C mean STOP in every keymap.

TOML, one table: `[keys]`, then `titration = "ctrl+t"`; names as in `keys.DEFAULTS`. One entry that is wrong makes the whole file refused,
with a sentence that says which: half a keymap would surprise in the middle of an appointment.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from rnprog.session.wording import tui_keys as say
from rnprog.tui.keys import DEFAULTS, FINISH_KEY, STOP_KEYS

if TYPE_CHECKING:
    from textual.binding import BindingsMap

ACTIONS = tuple(DEFAULTS)
_KEY = re.compile(r"(?:(?:shift|ctrl|alt)\+)?f(?:[1-9]|1[0-9]|2[0-4])|ctrl\+[a-z]")
"""One known key: a function key, or a letter with Ctrl. Signs answer bursts, and arrows, Enter, Tab and Esc move about."""
RESERVED = (*STOP_KEYS, FINISH_KEY, "ctrl+q", "ctrl+s", "ctrl+j", "ctrl+z", "ctrl+m", "ctrl+i", "ctrl+h")
"""Those that mean something else here, or to a terminal: Ctrl+M is Enter, Ctrl+I is Tab, Ctrl+H is the backspace key."""
_LARGEST = 16 << 10
_MOST_DOTS = 16


class KeymapError(ValueError):
    """The file cannot be used. The text says why."""


def read_keymap(path: Path) -> dict[str, str]:
    """Action and key. KeymapError with a sentence when the file cannot be used."""
    import tomllib  # few have such a file

    try:
        if path.stat().st_size > _LARGEST:
            raise KeymapError(say.too_large(path))
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise KeymapError(say.unreadable(path, getattr(error, "strerror", None))) from error
    if any(line.count(".") > _MOST_DOTS or line.count("[") > _MOST_DOTS for line in text.splitlines()):
        raise KeymapError(say.no_keymap(path))
    try:
        found = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise KeymapError(say.not_understood(path, error)) from error
    keys = found.get("keys", {})
    if not isinstance(keys, dict):
        raise KeymapError(say.no_table(path))
    found = {action: _checked(path, action, key) for action, key in keys.items()}
    _without_clashes(path, found)
    return found


def _checked(path: Path, action: str, key: object) -> str:
    if action == "stop":
        raise KeymapError(say.stop_keeps(path))
    if action not in ACTIONS:
        raise KeymapError(say.no_action(path, action, ACTIONS))
    if isinstance(key, str) and len(key) == 1:
        raise KeymapError(say.single_sign(path, action))
    if not isinstance(key, str) or _KEY.fullmatch(key.lower()) is None or key.lower() in RESERVED:
        raise KeymapError(say.no_such_key(path, action, key))
    return key.lower()


def _without_clashes(path: Path, found: Mapping[str, str]) -> None:
    """Each key does one thing, those that keep their own keys included: otherwise an action would have none, and nobody would be told."""
    taken: dict[str, str] = {}
    for action, (own, _) in DEFAULTS.items():
        key = found.get(action, own)
        if key in taken:
            raise KeymapError(say.clash(path, key, taken[key], action))
        taken[key] = action


def check_stop(bound: BindingsMap, keymap: Mapping[str, str]) -> None:
    """Apply the keymap to a copy and look: KeymapError when one of STOP's own keys would not be STOP, and nothing else, any more."""
    after = bound.copy()
    after.apply_keymap(dict(keymap))
    if not all([each.action for each in after.key_to_bindings.get(key, ())] == ["stop"] for key in STOP_KEYS):
        raise KeymapError(say.STOP_TAKEN)

"""The keymap file: other keys for the same actions. STOP is not among them: F12 and Ctrl+C mean STOP in every keymap.

TOML, one table: `[keys]`, then `titration = "ctrl+t"`; names as in `ACTIONS`. An entry that is wrong is left out and said.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

ACTIONS = ("leave", "overview", "leads", "titration", "program", "record", "main", "answer", "help", "palette")
RESERVED = ("f12", "ctrl+c", "ctrl+q", "escape", "tab", "shift+tab", "enter", "ctrl+s", "ctrl+j", "ctrl+z")
_LARGEST = 16 << 10
_MOST_DOTS = 16


class KeymapError(ValueError):
    """The file cannot be used. The text says why."""


def read_keymap(path: Path) -> dict[str, str]:
    """Action and key. KeymapError with a sentence when the file cannot be used."""
    try:
        if path.stat().st_size > _LARGEST:
            raise KeymapError(f"{path} is too large for a keymap.")
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise KeymapError(f"The keymap {path} cannot be read: {getattr(error, 'strerror', None) or 'it is no text'}.") from error
    if any(line.count(".") > _MOST_DOTS or line.count("[") > _MOST_DOTS for line in text.splitlines()):
        raise KeymapError(f"{path} is no keymap.")
    try:
        found = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise KeymapError(f"The keymap {path} cannot be understood: {error}") from error
    keys = found.get("keys", {})
    if not isinstance(keys, dict):
        raise KeymapError(f"The keymap {path} has no table [keys].")
    return {action: _checked(path, action, key) for action, key in keys.items()}


def _checked(path: Path, action: str, key: object) -> str:
    if action == "stop":
        raise KeymapError(f"{path}: STOP keeps its keys, F12 and Ctrl+C. Remove the entry.")
    if action not in ACTIONS:
        raise KeymapError(f"{path}: there is no action {action!r}. Known: {', '.join(ACTIONS)}.")
    if not isinstance(key, str) or not key or key.lower() in RESERVED:
        raise KeymapError(f"{path}: {action} cannot have the key {key!r}. Choose a function key, or one with Ctrl.")
    if len(key) == 1:
        raise KeymapError(f"{path}: {action} cannot have a single letter or sign: those answer bursts.")
    return key

"""`rnprog tui` without the command line's libraries, which take as long to load as the first picture takes to draw.

Only the plainest requests are understood here; everything else, help and usage errors among it, is left to the full command line, which
has the same words and does the same work.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable
from pathlib import Path

_WITH_VALUE = ("--port", "--patient", "--theme", "--record-dir")


def attempt(words: list[str], version: Callable[[], str]) -> int | None:
    """The exit code; `None` when the words or the terminal are not understood here, and nothing was done."""
    given = understood(words)
    terminal = sys.stdin.isatty() and sys.stdout.isatty() and sys.stderr.isatty()
    if given is None or not terminal or os.environ.get("TERM") == "dumb" or os.environ.get("ACCESSIBLE"):
        return None
    gc.disable()  # until the first picture stands: catalogue.py
    from rnprog.tui.running import run_tui
    from rnprog.tui.start import Start
    from rnprog.tui.themes import COLOURS

    theme = f"rnprog-{given['--theme'].removeprefix('rnprog-')}" if "--theme" in given else None
    if theme is not None and theme not in COLOURS:
        gc.enable()
        return None
    record_dir = Path(given["--record-dir"]) if "--record-dir" in given else None
    port = given.get("--port") or os.environ.get("RNPROG_PORT") or None
    return run_tui(Start(port, record_dir, given.get("--patient"), version(), theme))


def understood(words: list[str]) -> dict[str, str] | None:
    """Options with their values, each once and none empty; `None` for anything else."""
    given: dict[str, str] = {}
    rest = list(words)
    while rest:
        name, equals, value = rest.pop(0).partition("=")
        if not equals and rest:
            value = rest.pop(0)
        if name not in _WITH_VALUE or name in given or not value or value.startswith("-"):
            return None
        given[name] = value
    return given

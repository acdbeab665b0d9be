"""Which screens there are, and where. The first picture waits for one of them only; the others are loaded behind it, in a thread."""

from __future__ import annotations

import gc
from asyncio import sleep
from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any

from textual.app import App
from textual.screen import Screen

from rnprog.tui.screens.connect import ConnectScreen

LOAD_AFTER_S = 0.3
"""The first picture goes first."""
_LATER = {
    "overview": ("rnprog.tui.screens.overview", "OverviewScreen"),
    "leads": ("rnprog.tui.screens.leads", "LeadsScreen"),
    "titration": ("rnprog.tui.screens.titration", "TitrationScreen"),
    "program": ("rnprog.tui.screens.program", "ProgramScreen"),
    "record": ("rnprog.tui.screens.record", "RecordScreen"),
    "profiles": ("rnprog.tui.screens.profiles", "ProfilesScreen"),
    "frames": ("rnprog.tui.screens.frames_screen", "FramesScreen"),
}


_BEHIND = (
    *("rnprog.tui.after", "rnprog.tui.linking", "rnprog.tui.view_device"),
    *("rnprog.tui.screens.help", "rnprog.tui.screens.palette", "rnprog.tui.screens.dialogs"),
)


def _made(module: str, name: str) -> Screen[None]:
    screen = getattr(import_module(module), name)()
    assert isinstance(screen, Screen)
    return screen


def load_all() -> None:
    """Load what was put off, so that nobody waits for it later, least of all a side that is prepared. For a thread."""
    for module in (*_BEHIND, *(module for module, _ in _LATER.values())):
        import_module(module)
    leave_in_peace()


async def warm_up(app: App[Any], busy: Callable[[], bool]) -> None:
    """Put the screens together and lay them out while nobody waits for it and nothing is prepared, one after the other.

    The first time a screen comes to the front takes a third of a second of the screen's loop, five times as long as later, and the loop has
    to answer within 0.15 s while a side is prepared. Nothing of it is drawn. `busy`: whether something is prepared by now.
    """
    for name in _WAITED_FOR:
        if busy():
            return
        screen, put_together = app._get_screen(name)
        await put_together
        screen.stack_updates += 1  # laid out as if it had been in front
        screen._screen_resized(app.size)
        await sleep(BETWEEN_S)
    leave_in_peace()


def leave_in_peace() -> None:
    """What stands by now stays: Python's search for garbage leaves it out from here on.

    That search holds every thread; with all screens, styles and modules to go through it took 60 to 90 ms again and again. It waits while
    the first picture is made (`quickly.py`), and goes on from here.
    """
    gc.freeze()
    gc.enable()


_WAITED_FOR = ("leads", "titration", "program", "record")
BETWEEN_S = 0.05
SCREENS: dict[str, Callable[[], Screen[None]]] = {
    "connect": ConnectScreen,
    **{screen: partial(_made, module, name) for screen, (module, name) in _LATER.items()},
}

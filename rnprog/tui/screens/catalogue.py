"""Which screens there are, and where. The first picture waits for two of them only; the others are loaded behind it, in a thread."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import import_module

from textual.screen import Screen

from rnprog.tui.screens.connect import ConnectScreen
from rnprog.tui.screens.overview import OverviewScreen

_LATER = {
    "leads": ("rnprog.tui.screens.leads", "LeadsScreen"),
    "titration": ("rnprog.tui.screens.titration", "TitrationScreen"),
    "program": ("rnprog.tui.screens.program", "ProgramScreen"),
    "record": ("rnprog.tui.screens.record", "RecordScreen"),
    "profiles": ("rnprog.tui.screens.profiles", "ProfilesScreen"),
    "frames": ("rnprog.tui.screens.frames_screen", "FramesScreen"),
}


def _made(module: str, name: str) -> Screen[None]:
    screen = getattr(import_module(module), name)()
    assert isinstance(screen, Screen)
    return screen


def load_all() -> None:
    """Load what was put off, so that nobody waits for it later, least of all a side that is prepared. For a thread."""
    for module, _ in _LATER.values():
        import_module(module)


SCREENS: dict[str, Callable[[], Screen[None]]] = {
    "connect": ConnectScreen,
    "overview": OverviewScreen,
    **{screen: partial(_made, module, name) for screen, (module, name) in _LATER.items()},
}

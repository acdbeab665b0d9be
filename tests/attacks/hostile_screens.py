"""Hostile texts on every screen that shows one, on a real terminal; what reached that is judged byte by byte. STOP comes last, and works.

The texts come from outside (`hostile_strings`): those of a device and of ports, a patient code, a shelf of profiles, records, a note.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from textual.strip import Strip
from textual.widgets import Input

from rnprog.tui.screens.connect import Choice, ConnectScreen
from rnprog.tui.screens.frame import SafeModal
from rnprog.tui.screens.profiles import ProfilesScreen
from rnprog.tui.state import Phase, State
from tests.attacks.common import Broken
from tests.attacks.hostile_words import FORGED
from tests.tui.terminal import Terminal, terminal

SCREENS = {"overview": ("f2",), "leads": ("f3",), "titration": ("f4",), "program": ("f6",), "record": ("f7",)}
"""And the keys that lead there."""
_OWN = re.compile(
    r"\x1b\[[0-9]+;[0-9]+H"  # a place
    r"|\x1b\[(?:(?:[0-47]|[34]8;5;[0-9]+|[34]8;2;[0-9]+;[0-9]+;[0-9]+)(?:;|(?=m)))*m"  # colour and weight, as Textual writes them
    r"|\x1b\[\?[0-9]+(?:[hl]|\$p)|\x1b\[[<>=][0-9]*(?:;[0-9]+)?u|\x1b\]22;default\x07"  # modes, the keyboard's, the pointer's form
    r"|\r\n"
)
"""What Textual writes for itself. No hostile text has one of these forms: none is of a place, a mode, or these colours."""
IN_PALETTE = 40
"""Its field takes no more, and Textual rings a bell of its own, which could not be told from one of a text."""
_FORGED_LINE = re.compile(rf"(?m)(?:^|[^ -~])\s*{FORGED}")


@dataclass(frozen=True)
class Visitor:
    """What somebody brings along."""

    port: str
    record_dir: Path
    patient: str
    choices: tuple[Choice, ...]
    wrong_port: str
    """Tried before the port."""
    pasted: str
    """Into the note, and into the palette."""


def walk(visitor: Visitor) -> None:
    """All screens, then STOP. Broken for anything raw, any exception, a screen that stands still, a STOP that did not go out."""
    with pytest.MonkeyPatch.context() as patch:
        shown = asyncio.run(_walk(visitor, patch))
    judge(shown.decode("utf-8"))


def judge(shown: str) -> None:
    """Beside what Textual writes for itself there is nothing but letters that can be seen."""
    text = _OWN.sub("", shown)
    bad = next((letter for letter in text if not letter.isprintable()), None)
    if bad is not None:
        at = text.index(bad)
        raise Broken(f"raw {bad!r} on the terminal: {text[max(0, at - 60) : at + 20]!r}")


async def _walk(visitor: Visitor, patch: pytest.MonkeyPatch) -> bytes:
    async with terminal(visitor.record_dir, patch, None, visitor.choices, patient=visitor.patient) as it:
        await _until(it, lambda _: any(isinstance(each, ConnectScreen) and each.choices for each in it.app.screen_stack))
        await _drawn(it)
        if visitor.wrong_port:
            it.app.call_later(it.app.connect, visitor.wrong_port, patient=visitor.patient or None)
            await _until(it, lambda state: state.phase is Phase.CONNECTING or state.notice is not None)
            await _until(it, lambda state: state.phase is not Phase.CONNECTING and (state.notice is not None or state.live))
            await _drawn(it)
        await _connect(it, visitor)
        for name in SCREENS:
            await _visit(it, name, visitor)
        await _shelf(it, visitor)
        await _stopped(it, visitor)
    if it.app._exception is not None:
        raise Broken(f"the screen ended: {it.app._exception!r}")
    return bytes(it.shown)


async def _connect(it: Terminal, visitor: Visitor) -> None:
    """With the code, or without it when it is none; a device whose strings are no serial number may be refused, too."""
    for patient in (visitor.patient or None, None):
        if not it.app.state.live:
            it.app.call_later(it.app.connect, visitor.port, patient=patient)
            before = it.app.state
            await _until(it, lambda state, before=before: state is not before and state.phase is not Phase.CONNECTING)  # type: ignore[misc]
            await _drawn(it)


async def _visit(it: Terminal, name: str, visitor: Visitor) -> None:
    """There, as far as it leads anywhere without a device, and what is done there first."""
    it.type(*SCREENS[name])
    await _drawn(it)
    if name == "leads" and it.app.state.live:
        it.type("f5")
        await _until(it, lambda state: state.judged is not None or state.notice is not None)
    elif name == "record" and it.app.state.live:
        await _until(it, lambda state: bool(state.lines) and state.busy is None)
        lines = len(it.app.state.lines)
        await _until(it, lambda _: not it.app.screen.query_one("#note", Input).disabled)
        it.type("tab")
        await _until(it, lambda _: isinstance(it.app.screen.focused, Input))
        it.paste(f"x{visitor.pasted}")
        await _until(it, lambda state: it.app.screen.query_one("#note", Input).value and state.busy is None)
        await _drawn(it)
        it.type("enter")
        await _until(it, lambda state: len(state.lines) > lines)
    await _drawn(it)


async def _shelf(it: Terminal, visitor: Visitor) -> None:
    """Every profile that somebody brought along."""
    it.type("ctrl+p")
    await _until(it, lambda _: isinstance(it.app.screen, SafeModal))
    it.send(b"prof\r")
    await _until(it, lambda _: isinstance(it.app.screen, ProfilesScreen))
    screen = it.app.screen
    assert isinstance(screen, ProfilesScreen)
    await _until(it, lambda _: bool(screen.shelf) and screen.found is not None)
    at = 0
    for place, shelved in enumerate(screen.shelf):
        if not shelved.from_library:
            it.type(*["down"] * (place - at))
            at, name = place, shelved.name
            await _until(it, lambda _, name=name: screen.found is not None and screen.found.name == name)  # type: ignore[misc]
            await _drawn(it)


async def _stopped(it: Terminal, visitor: Visitor) -> None:
    """The key goes the whole way, from a dialog with a text in its field."""
    it.type("ctrl+p")
    await _until(it, lambda _: isinstance(it.app.screen, SafeModal))
    it.paste(visitor.pasted[:IN_PALETTE])
    await _drawn(it)
    live = it.app.state.live
    it.type("f12")
    await _until(it, lambda state: state.notice is not None and not state.stopping)
    await _drawn(it)
    if live and not it.stop_sent.is_set():
        raise Broken("the key of STOP sent none")


async def _until(it: Terminal, holds: Callable[[State], object]) -> None:
    try:
        await it.until(lambda state: it.app._exception is not None or holds(state))
    except AssertionError as error:
        raise Broken(f"the screen stands still: {_lines(it)!r}") from error
    if it.app._exception is not None:
        raise Broken(f"the screen ended: {it.app._exception!r}")


async def _drawn(it: Terminal) -> None:
    """Nothing more is drawn, and nothing on the screen can be pressed, led somewhere or begins a line that one of its texts has made."""
    await it.drawn()
    if it.app._exception is not None:
        raise Broken(f"the screen ended: {it.app._exception!r}")
    for strip in _strips(it):
        for segment in strip:
            style = segment.style
            if style is not None and (style.link or "@click" in style.meta):
                raise Broken(f"markup became a link: {segment.text[:80]!r}")
    if _FORGED_LINE.search(_lines(it)):
        raise Broken(f"a forged line: {_lines(it)!r}")


def _lines(it: Terminal) -> str:
    """The screen as characters."""
    return "\n".join(strip.text.rstrip() for strip in _strips(it))


def _strips(it: Terminal) -> list[Strip]:
    """The screen as it is drawn."""
    with it.app._context():
        return it.app.screen._compositor.render_strips()

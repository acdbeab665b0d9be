"""`rnprog tui`: the whole appointment on one screen. Owns the options and what is checked first; the rest is `rnprog.tui`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from rnprog.commands.context import face_of
from rnprog.commands.exits import Exit, simply
from rnprog.commands.options import AcceptRunOn
from rnprog.commands.tracing import tracing
from rnprog.commands.version import version


def tui(
    ctx: typer.Context,
    patient: Annotated[str | None, typer.Option(metavar="CODE", help="A pseudonym for the record, never a name.")] = None,
    theme: Annotated[str | None, typer.Option(metavar="NAME", help="dark, light or contrast; else as the last time.")] = None,
    keys: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A keymap: other keys for the same actions; STOP keeps its own.")
    ] = None,
    accept_run_on: AcceptRunOn = False,
) -> Exit:
    """The whole appointment on one screen.

    $ rnprog tui

    $ rnprog tui --port emu://training --patient P-017

    F12 and Ctrl+C stop, everywhere. Without --port it asks which device. For a screen reader use `ACCESSIBLE=1 rnprog session`: it does the
    same, line by line.
    """
    face = face_of(ctx)
    options = face.options
    if options.json or options.no_input:
        raise typer.BadParameter(
            "A screen has no JSON and needs a person. For scripts use the other commands.", param_hint="--json, --no-input"
        )
    if not (sys.stdin.isatty() and sys.stdout.isatty() and sys.stderr.isatty()):  # the screen is drawn on stderr
        raise simply(Exit.USAGE, "This needs a terminal on both sides. Without one, use `rnprog session`: it does the same, line by line.")
    if os.environ.get("TERM") == "dumb" or os.environ.get("ACCESSIBLE"):
        raise simply(Exit.USAGE, "This terminal shows lines only (or ACCESSIBLE is set): use `rnprog session`, which does the same.")
    from rnprog.tui.keymap import KeymapError, read_keymap
    from rnprog.tui.running import run_tui
    from rnprog.tui.start import Start
    from rnprog.tui.themes import COLOURS

    wanted = None if theme is None else f"rnprog-{theme.removeprefix('rnprog-')}"
    if wanted is not None and wanted not in COLOURS:
        raise typer.BadParameter("It must be dark, light or contrast.", param_hint="--theme")
    try:
        keymap = read_keymap(keys) if keys is not None else None
    except KeymapError as error:
        raise simply(Exit.CONFIG, str(error)) from error
    with tracing(options.trace) as trace:
        return Exit(run_tui(Start(options.port, options.record_dir, patient, version(), wanted, keymap, accept_run_on, trace)))

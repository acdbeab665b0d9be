"""When a picture of a titration is shown, and where it is saved. The drawing is `plotting.py` and `plotting_svg.py`."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from rnprog.commands.plotting import as_numbers, as_text
from rnprog.commands.render import Face, Tone
from rnprog.commands.saving import save_text
from rnprog.session.mode import Mode
from rnprog.session.titrate import Titrated
from rnprog.session.wording import assisted as words
from rnprog.therapy.threshold import curves

_NARROWEST = 80


def show_plot(face: Face, result: Titrated) -> None:
    """After the table, on stdout; numbers instead when plain, nothing when nothing was rated."""
    if result.estimate is None:
        return
    drawn = curves(result.titration, result.plan.settings)
    if face.plain or shutil.get_terminal_size().columns < _NARROWEST:
        face.show(*as_numbers(drawn))
    else:
        face.show("", *as_text(drawn, ascii_only=not _blocks()))


def _blocks() -> bool:
    """Whether stdout can hold block characters."""
    try:
        "\u2588".encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def save_plot(face: Face, path: Path, result: Titrated, mode: Mode) -> None:
    """The picture as SVG. Ended (2) when it cannot be written; nothing is saved when nothing was rated."""
    if result.estimate is None:
        face.say("Nothing was rated, so no picture was saved.", Tone.CAUTION)
        return
    from rnprog.commands.plotting_svg import as_svg

    setup, where = result.plan.setup, "" if mode is Mode.DEVICE else "EMULATOR: "
    title = f"{where}{setup.side} {setup.electrodes}, {setup.pulse_width_us} us, {setup.rate_hz} Hz, by {result.plan.how_confirmed}"
    unknown = "" if result.found else words.unknown(result.estimate, result.titration)
    save_text(path, as_svg(curves(result.titration, result.plan.settings), result.estimate, title, unknown), replace=False)
    face.data["plot"] = str(path)
    face.show(f"Picture {path}")

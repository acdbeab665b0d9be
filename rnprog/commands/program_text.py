"""Programs, differences and findings as tables. Owns how a program looks on the command line."""

from __future__ import annotations

from rnprog.commands.render import Sheet
from rnprog.therapy.contacts import Side
from rnprog.therapy.program import COMMON_PARAMETERS, SIDE_PARAMETERS, Difference, Program

_SIDES = (Side.LEFT, Side.RIGHT)


def program_sheet(program: Program, title: str) -> Sheet:
    """Both sides beside each other, then what they share."""
    parts = [program.side(side) for side in _SIDES]
    rows = [("Electrodes", *(str(part.electrodes) if part else "not stimulated" for part in parts))]
    rows += [(each.label, *(each.show(part.value(each)) if part else "-" for part in parts)) for each in SIDE_PARAMETERS]
    rows += [(each.label, each.show(program.value(each)), "") for each in COMMON_PARAMETERS]
    return Sheet(title, ("", "Left", "Right"), rows)


def difference_sheet(changes: tuple[Difference, ...], title: str, before: str, after: str) -> Sheet:
    """What changes."""
    return Sheet(title, ("Setting", before, after), [(each.label, each.a_text, each.b_text) for each in changes])


def difference_rows(changes: tuple[Difference, ...]) -> list[dict[str, str]]:
    """From the device's program to the profile's, for JSON."""
    return [{"path": each.path, "label": each.label, "device": each.a_text, "profile": each.b_text} for each in changes]

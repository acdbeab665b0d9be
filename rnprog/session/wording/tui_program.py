"""Words of the program screen: its bounds, where the program comes from, what writing it came to."""

from __future__ import annotations

from rnprog.therapy.contacts import Side
from rnprog.therapy.parameters import AMPLITUDE
from rnprog.therapy.program import Program

VOLTAGE = "mA voltage"
DENSITY_RULE = "uC/cm2 rule"
DENSITY_DEVICE = "uC/cm2 device"
SHANNON = "Shannon k"
OPEN = "OPEN"
NOT_MEASURED = "unmeasured"

SETTING = "Setting"
IN_THE_SLOT = "In the slot"
ASKED_FOR = "Asked for"
READ_BACK = "read back"
CHANGES = "changes"
WRITE = "F5  Write"
CLOSE = "F5  Close"
WRITING = "writing the program"
SLOT = "Slot "
NOT_A_VALUE = "NOT A VALUE"
ALLOWED = "No bound is violated. F5 writes it, after one more question."
TITRATED = "from the titrations of this appointment"
AS_IT_RUNS = "as the implant runs it"


def slot(number: int, *, active: bool) -> str:
    """One slot in the row of all."""
    return f" {number}{' active' if active else ''} "


def keys(change: str, held: str) -> str:
    """Beside the button; the signs as the terminal draws them."""
    return f"Tab  the fields     s  another slot\n{change} {CHANGES}     {held} {READ_BACK}"


def in_short(program: Program) -> str:
    """What each side is given, for a last look before it is written."""
    found = []
    for side in Side:
        part = program.side(side)
        given = "NO STIMULATION" if part is None else f"{AMPLITUDE.show(part.amplitude_ma)} on {part.electrodes}"
        found.append(f"{side.label}: {given}.")
    return " ".join(found)


def used(side: str) -> str:
    """Above the bars."""
    return f"{side}: used of each limit"


def from_profile(name: str, *, instead: bool) -> str:
    """Where the program comes from. `instead`: there are titrations of today, which it stands in place of."""
    return f"from the profile {name}, NOT from what was titrated today (t: from that)" if instead else f"from the profile {name}"


def typed_by_operator(typed: str) -> str:
    """Who confirmed the writing, for the record."""
    return f"{typed}, the end of the serial number, typed by the operator"


def together(owners: list[str]) -> str:
    """Whose limit of the amplitude it is, short: the narrowest screen has 14 cells for it."""
    return f"mA {owners[0]}" if len(owners) == 1 else "+".join(owners) if len(owners) == 2 else "mA, all three"

"""Which fault can meet which phase, and why the others cannot. Words and tables only; the runner is `matrix.py`."""

from __future__ import annotations

from device_emulator.faults import FaultKind, kinds_of
from tests.attacks.script import PHASES

LINK = {f"L{n}": f"L{n}" for n in range(1, 19)}
DEVICE = {f"D{n}": f"D{n}" for n in range(1, 19)}
HOST = {f"H{n}": f"H{n}" for n in range(1, 19)}
FAULTS = (*LINK, *DEVICE, *HOST)

QUIET = ("connect", "save", "export", "close")
"""Phases in which no frame passes."""
OPCODE = {
    "identify": ("IDENTIFY", "LINK_OPEN", "CAPABILITIES"),
    "read": ("STATUS", "BATTERY", "SLOT_INFO"),
    "impedance": ("IMPEDANCE",),
    "arm": ("ARM", "STATUS"),
    "step": ("SET_AMPLITUDE", "BURST", "STATUS", "HEARTBEAT"),
    "hold": ("HEARTBEAT", "BURST", "STATUS", "DISARM"),
    "write": ("STAGE", "VALIDATE", "SLOT_INFO"),
    "commit": ("COMMIT",),
    "verify": ("SLOT_INFO", "ACTIVATE", "SCHEDULE_SET", "STATUS"),
}
"""What is said in a phase; a frame fault strikes one of these."""

_NO_FRAME = "no frame passes"
_ONCE = "said once, while identifying"
REASONS: dict[str, tuple[tuple[str, ...], str]] = {
    "L18": (tuple(PHASES[1:]), "the port is opened once"),
    "D1": (tuple(p for p in PHASES if p not in ("impedance", "commit", "verify")), "nothing is written to the device's memory"),
    "D3": (
        tuple(p for p in PHASES if p not in ("read", "impedance", "arm", "step", "hold", "write", "commit")),
        "no base revision is in use",
    ),
    "D10": (tuple(PHASES[2:]), _ONCE),
    "D15": (tuple(PHASES[2:]), _ONCE),
    "D16": (tuple(p for p in PHASES if p not in ("connect", "identify", "read", "impedance")), "nothing is measured any more"),
    "H1": (tuple(p for p in PHASES if p not in ("save", "export")), "no file is replaced"),
    "H4": (tuple(PHASES[1:]), "the record is open: its directory is no longer needed"),
    "H11": (tuple(p for p in PHASES if p not in ("write", "commit", "verify")), "no program is being written"),
    "H17": (tuple(p for p in PHASES if p not in ("connect", "save", "export")), "no earlier file is read"),
    "H18": (tuple(PHASES[1:]), "set before the program starts"),
}


def reason(fault: str, phase: str) -> str | None:
    """Why this fault cannot meet this phase; None: it can."""
    phases, why = REASONS.get(fault, ((), ""))
    if phase in phases:
        return why
    if fault[0] in "LD" and phase in QUIET and all(_needs_a_frame(kind) for kind in kinds_of(fault)):
        return _NO_FRAME
    return None


def _needs_a_frame(kind: FaultKind) -> bool:
    return kind.form.startswith(("=OPCODE", "[=OPCODE]", "[=WAY]")) or kind.name in ("delay", "jitter", "trickle", "noise", "lose-event")


def specs(fault: str, phase: str) -> list[str]:
    """Every way in which the emulator can show this fault in this phase."""
    found: list[str] = []
    for kind in kinds_of(fault):
        if (phase in QUIET and _needs_a_frame(kind)) or (kind.name == "lose-event" and phase not in ("step", "hold")):
            continue
        if kind.name == "power-cut":
            found += [f"{kind.name}@{count}" for count in range(1, 7)]
            continue
        if kind.form.startswith("=OPCODE") or kind.form.startswith("[=OPCODE]"):
            found += [f"{kind.name}={opcode}@1" for opcode in OPCODE[phase]]
        elif kind.form.startswith("[=WAY]"):
            found += [f"{kind.name}={way}@{count}" for way in ("REQUEST", "REPLY") for count in (3, 17, 40)]
        elif kind.name.endswith("-after"):
            found += [f"{kind.name}=0.0{digit}" for digit in (1, 5)] + [f"{kind.name}=1.1"]
        else:
            found.append(kind.example)
    return found


CELLS = [(fault, phase) for fault in FAULTS for phase in PHASES if reason(fault, phase) is None]
IMPOSSIBLE = [(fault, phase) for fault in FAULTS for phase in PHASES if reason(fault, phase) is not None]

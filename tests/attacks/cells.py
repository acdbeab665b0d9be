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
QUIET_UNTIL_STOP = ("connect", "identify", "close")
"""Phases in which Ctrl-C sends no STOP: nothing could be on."""
CLAIMED = ("ARM", "SET_AMPLITUDE", "BURST", "DISARM", "HEARTBEAT", "COMMIT", "ACTIVATE", "SCHEDULE_SET")
"""What a device can claim to have done (besides STOP); a read has no effect that could be missing."""
STOP_WITHOUT_EFFECT = "no-effect=STOP@1"
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

CUTS = {"arm": 2, "hold": 4}
"""How many pages of the device's memory are written in a phase where they are fewer than `MOST_CUTS`: a log of what began and ended."""
MOST_CUTS = 6

_NO_FRAME = "no frame passes: nobody can meet it"
_ONCE = "said once, while identifying"
_UNMEASURED = "nothing is measured any more: nobody can meet it"
_IDLE, _ON, _STORING = ("connect", "identify", "read", "impedance", "arm"), ("step", "hold"), ("write", "commit", "verify")


def _but(*phases: str) -> tuple[str, ...]:
    return tuple(phase for phase in PHASES if phase not in phases)


REASONS: dict[str, tuple[tuple[str, ...], str]] = {
    "L9": (_but(*_IDLE), "unplugged while idle: elsewhere it is L10 or L11, or no frame passes"),
    "L10": (_but(*_ON), "unplugged while stimulating: elsewhere it is L9 or L11, or no frame passes"),
    "L11": (_but(*_STORING), "unplugged in a commit: elsewhere it is L9 or L10, or no frame passes"),
    "L18": (_but("connect"), "the port is opened once"),
    "D1": (_but("impedance", *_ON, "arm", "commit", "verify"), "nothing is written to the device's memory"),
    "D3": (_but("read", "impedance", "arm", "step", "hold", "write", "commit"), "no base revision is in use"),
    "D5": (_but("connect", "identify", "read"), "the device's clock is read once, before this"),
    "D10": (_but("connect", "identify"), _ONCE),
    "D11": (QUIET_UNTIL_STOP, "nothing that could be stopped: no STOP is sent"),
    "D12": (QUIET_UNTIL_STOP, "nothing is commanded"),
    "D15": (_but("connect", "identify"), _ONCE),
    "D16": (_but("connect", "identify", "read", "impedance"), _UNMEASURED),
    "H1": (_but("save", "export"), "no file is replaced"),
    "H4": (_but("connect"), "the record is open: its directory is no longer needed"),
    "H11": (_but(*_STORING), "no program is being written"),
    "H12": (("connect",), "no device is there yet that could run on"),
    "H13": (PHASES, "in virtual time it is H12: nothing beats by itself; in real time: `lease`, `signals_at_terminals`"),
    "H15": (("connect", "save", "export", "close"), _NO_FRAME),
    "H17": (_but("connect", "arm", "write"), "no earlier file is read: what is saved is replaced unread"),
    "H18": (_but("connect"), "set before the program starts"),
}
_NO_EFFECT: dict[str, tuple[tuple[str, ...], str]] = {
    **dict.fromkeys(("unplug-after", "reset-after"), ((*_STORING, "save", "export", "close"), "no time passes in which it could strike")),
    "babble": ((*_STORING, "save", "export", "close"), "no time passes in which it could come"),
    "lead-open": ((*_STORING, "save", "export", "close"), _UNMEASURED),
    "lead-short": (("arm", "step", "hold", *_STORING, "save", "export", "close"), _UNMEASURED),
    "impedance-jump": ((*_STORING, "save", "export", "close"), _UNMEASURED),
    "quantise": (("verify",), "the amplitudes are committed"),
    "clamp": (("verify",), "the amplitudes are committed"),
    "battery": (("verify",), "the battery has been read; it carries on"),
}
"""By switch of the emulator: phases in which nobody could tell whether it was set."""


def reason(fault: str, phase: str) -> str | None:
    """Why this fault cannot meet this phase; None: it can."""
    phases, why = REASONS.get(fault, ((), ""))
    if phase in phases:
        return why
    if fault[0] in "LD":
        reasons = [_without_effect(kind, phase) for kind in kinds_of(fault)]
        return reasons[0] if all(reasons) else None
    return None


def _without_effect(kind: FaultKind, phase: str) -> str | None:
    phases, why = _NO_EFFECT.get(kind.name, ((), ""))
    if phase in phases:
        return why
    if kind.name in ("nak-stop", "no-effect") and phase in ("save", "export"):
        return None  # Ctrl-C there sends a STOP all the same
    if phase in ("save", "export", "close") or (phase in QUIET and _needs_a_frame(kind)):
        return _NO_FRAME
    if kind.name == "lose-event" and phase not in ("step", "hold"):
        return "no event is sent"
    return None


def _needs_a_frame(kind: FaultKind) -> bool:
    return kind.form.startswith(("=OPCODE", "[=OPCODE]", "[=WAY]")) or kind.name in ("delay", "jitter", "trickle", "noise", "lose-event")


def specs(fault: str, phase: str) -> list[str]:
    """Every way in which the emulator can show this fault in this phase, so that somebody could notice."""
    found: list[str] = []
    for kind in kinds_of(fault):
        if _without_effect(kind, phase):
            continue
        if kind.name == "no-effect" and phase not in QUIET_UNTIL_STOP:
            found.append(STOP_WITHOUT_EFFECT)
        if kind.name in ("no-effect", "quantise"):
            found += [f"{kind.name}={_amount(kind, name)},drop-reply={name}@1" for name in _commands(kind, phase)]
        if kind.name == "power-cut":
            found += [f"{kind.name}@{count}" for count in range(1, CUTS.get(phase, MOST_CUTS) + 1)]
        elif kind.form.startswith("=OPCODE") or kind.form.startswith("[=OPCODE]"):
            said = [name for name in OPCODE.get(phase, ()) if kind.name != "no-effect" or name in CLAIMED]
            found += [f"{kind.name}={opcode}@1" for opcode in said]
        elif kind.form.startswith("[=WAY]"):
            found += [f"{kind.name}={way}@{count}" for way in ("REQUEST", "REPLY") for count in (3, 17, 40)]
        elif kind.name.endswith("-after"):
            found += [f"{kind.name}=0.0{digit}" for digit in (1, 5)] + [f"{kind.name}=1.1"]
        elif kind.name == "impedance-jump":
            times = 20 if phase in ("arm", *_ON) else 2  # a limit is met at once; or a measurement tells of it
            found += [f"{kind.name}={times}@{count}" for count in ((1, 2, 8) if phase == "hold" else (1, 2))]  # at once; within a burst
        elif kind.name == "quantise":
            found += [f"{kind.name}={step_ua}" for step_ua in (700, 1_300)]
        else:
            found.append(kind.example)
    return found


def _commands(kind: FaultKind, phase: str) -> list[str]:
    """Commands of this phase whose effect the fault takes away or bends, so that a read has to show it when the answer is lost, too."""
    of = CLAIMED if kind.name == "no-effect" else ("SET_AMPLITUDE", "COMMIT")
    return [name for name in OPCODE.get(phase, ()) if name in of and name != "HEARTBEAT"]


def _amount(kind: FaultKind, name: str) -> str:
    return f"{name}@1" if kind.name == "no-effect" else "700"


CELLS = [(fault, phase) for fault in FAULTS for phase in PHASES if reason(fault, phase) is None]
IMPOSSIBLE = [(fault, phase) for fault in FAULTS for phase in PHASES if reason(fault, phase) is not None]

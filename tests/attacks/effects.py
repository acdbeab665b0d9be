"""Whether a command had the effect that its intent names, or none at all: the emulator's state before and after, and nobody's word.

What an intent means is worked out here by itself, from the line of the record, so that a fault of the programmer's translation shows.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from device_emulator.firmware.image import Program, Side, build_image, parse_image
from device_emulator.firmware.refusal import Refusal
from device_emulator.mishaps import RUNNING
from rnprog.protocol.messages import Refused
from rnprog.protocol.opcodes import Opcode, OutputState
from tests.attacks.moments import Executed
from tests.attacks.snapshots import Held, Snapshot
from tests.attacks.watch import Watch

Data = dict[str, Any]
CHANNELS = {"left": (0,), "right": (1,), "both": (0, 1)}
OPCODE_OF = {
    "impedance": Opcode.IMPEDANCE,
    "arm": Opcode.ARM,
    "amplitude": Opcode.SET_AMPLITUDE,
    "burst": Opcode.BURST,
    "disarm": Opcode.DISARM,
    "write program": Opcode.COMMIT,
    "activate slot": Opcode.ACTIVATE,
    "schedule": Opcode.SCHEDULE_SET,
    "patient fingerprint": Opcode.PATIENT_KEY_WRITE,
}
"""The command that has the effect."""
FOREIGN = build_image(RUNNING)
"""What somebody else commits into a device that holds nothing."""
_POLE = re.compile(r"([+-])([LR][0-3]|case)")


def program_of(written: Data) -> Program:
    """The program that an intent names, in the emulator's own numbers."""
    sides = []
    for channel, name in enumerate(("left", "right")):
        part = written[name]
        if part is not None:
            cathodes, anodes = poles(part["electrodes"])
            sides.append(Side(channel, cathodes, anodes, _whole(part["amplitude_ma"], 1000), _whole(part["pulse_width_us"], 1)))
    up_ms, down_ms, on_ms, off_ms = (_whole(written[key], 1000) for key in ("ramp_up_s", "ramp_down_s", "on_s", "off_s"))
    session_s, sessions_per_day = _whole(written["session_min"], 60), _whole(written["sessions_per_day"], 1)
    rate_mhz = _whole(written["rate_hz"], 1000)
    return Program(tuple(sides), rate_mhz, up_ms, down_ms, on_ms, off_ms, session_s, sessions_per_day, crc=0)


def poles(electrodes: str) -> tuple[int, int]:
    """Masks of cathodes and anodes in "-L1+L2"."""
    found = {"-": 0, "+": 0}
    for sign, name in _POLE.findall(electrodes.replace(" ", "")):
        found[sign] |= 1 << (8 if name == "case" else int(name[1]) + 4 * (name[0] == "R"))
    return found["-"], found["+"]


def _whole(text: str, times: int) -> int:
    number = Decimal(text) * times
    assert number == int(number), f"{text} is not whole on the wire"
    return int(number)


def missing(w: Watch, what: str, intent: Data, before: Snapshot, now: Snapshot) -> str | None:
    """What the device has not, although this command is called done; None: all of it is there."""
    return _EFFECTS[what](w, intent, before, now)


def left_behind(w: Watch, opcode: Opcode, before: Snapshot, now: Snapshot) -> str | None:
    """What the device has that it had not before, although this command is called not done; None: nothing. What the device ends by itself
    (a lease, a reset, a warm cell) is no effect of a command."""
    taken = list(taken_between(w, before, now))
    if opcode not in (Opcode.IMPEDANCE, Opcode.STAGE, Opcode.VALIDATE) and any(each.request.OPCODE is opcode for each in taken):
        return f"carried {opcode.name} out"
    released = any(each.request.OPCODE in (Opcode.DISARM, Opcode.STOP) for each in taken)
    for channel in (0, 1):
        armed, held = before.armed.get(channel), now.armed.get(channel)
        if held != armed and (held is not None or released):
            return f"holds {held} on channel {channel} and held {armed}"
    if _opened(w, before, now, "burst"):
        return "let a burst flow"
    for slot, each in now.slots.items():
        was = before.slots[slot]
        foreign = "foreign-commit" in w.spec and (each.image == was.image or (not was.image and slot == 0 and each.image == FOREIGN))
        begins = _therapy_begun(w, now) and slot == 0 and each.image == FOREIGN
        if each != was and not foreign and not begins:
            return f"holds another program in slot {slot}"
    settings = (before.active if _therapy_begun(w, now) else now.active, now.scheduled, now.key)
    return None if settings == (before.active, before.scheduled, before.key) else f"holds other settings: {settings}"


def _therapy_begun(w: Watch, now: Snapshot) -> bool:
    """Whether the fault that begins a session of the implant's own has been set, which gives the device a program for it."""
    return "therapy-running" in w.spec and now.state is OutputState.THERAPY_ON and now.active == 0


def taken_between(w: Watch, before: Snapshot, now: Snapshot) -> list[Executed]:
    """The requests that the device took, and did not refuse."""
    return [each for each in w.executed[before.executed : now.executed] if not isinstance(each.outcome, Refused)]


def gone_by_itself(w: Watch, channel: int, before: Snapshot, now: Snapshot) -> bool:
    """Whether a channel is no longer armed, and nobody released it: a lease that has ended, or a reset."""
    ends = (Opcode.DISARM, Opcode.STOP)
    return channel not in now.armed and not any(each.request.OPCODE in ends for each in taken_between(w, before, now))


def _opened(w: Watch, before: Snapshot, now: Snapshot, cause: str) -> list[int]:
    """The channels on which something began to flow."""
    return [change["channel"] for change in w.truth.changes[before.changes : now.changes] if change["cause"] == cause]


def _impedance(w: Watch, intent: Data, before: Snapshot, now: Snapshot) -> str | None:
    taken = [each for each in taken_between(w, before, now) if each.request.OPCODE is Opcode.IMPEDANCE]
    return None if taken else "has measured nothing"


def _arm(w: Watch, intent: Data, before: Snapshot, now: Snapshot) -> str | None:
    (channel,) = CHANNELS[intent["side"]]
    meant = Held(
        *poles(intent["electrodes"]),
        _whole(intent["pulse_width_us"], 1),
        _whole(intent["rate_hz"], 1000),
        _whole(intent["ramp_up_s"], 1000),
        _whole(intent["ramp_down_s"], 1000),
        setpoint_ua=0,
    )
    held = now.armed.get(channel)
    return None if held == meant else f"is armed for {held}, and meant was {meant}"


def _amplitude(w: Watch, intent: Data, before: Snapshot, now: Snapshot) -> str | None:
    (channel,) = CHANNELS[intent["side"]]
    held = now.armed.get(channel)
    meant_ua = _whole(intent["amplitude_ma"], 1000)
    return None if held is not None and held.setpoint_ua == meant_ua else f"holds {held}, and meant were {meant_ua} uA"


def _burst(w: Watch, intent: Data, before: Snapshot, now: Snapshot) -> str | None:
    channels, meant = _opened(w, before, now, "burst"), list(CHANNELS[intent["side"]])
    return None if sorted(channels) == meant else f"let bursts flow on channels {channels}, and meant were {meant}"


def _disarm(w: Watch, intent: Data, before: Snapshot, now: Snapshot) -> str | None:
    (channel,) = CHANNELS[intent["side"]]
    return None if channel not in now.armed else f"is still armed on channel {channel}"


def _write(w: Watch, intent: Data, before: Snapshot, now: Snapshot) -> str | None:
    held = now.slots[intent["slot"]]
    try:
        found = parse_image(held.image)
    except Refusal as refusal:
        return f"holds no program in slot {intent['slot']}: {refusal.answer}"
    meant = program_of(intent["program"])
    wrong = [name for name in Program.__dataclass_fields__ if name != "crc" and getattr(found, name) != getattr(meant, name)]
    if wrong:
        return f"holds another program in slot {intent['slot']}: {', '.join(wrong)}"
    taken = any(each.request.OPCODE is Opcode.COMMIT for each in taken_between(w, before, now))
    return None if taken else "has committed nothing"


def _activate(w: Watch, intent: Data, before: Snapshot, now: Snapshot) -> str | None:
    crc = now.slots[now.active].crc if now.active in now.slots else 0
    right = now.active == intent["slot"] and f"{crc:08x}" == intent["crc"]
    return None if right else f"runs slot {now.active} with {crc:08x}"


def _schedule(w: Watch, intent: Data, before: Snapshot, now: Snapshot) -> str | None:
    return None if now.scheduled == intent["enabled"] else f"holds the schedule at {now.scheduled}"


def _fingerprint(w: Watch, intent: Data, before: Snapshot, now: Snapshot) -> str | None:
    meant = hashlib.sha256(intent["patient"].encode("utf-8")).digest()[:16]
    return None if now.key == meant else "holds another fingerprint"


_EFFECTS: dict[str, Callable[[Watch, Data, Snapshot, Snapshot], str | None]] = {
    "impedance": _impedance,
    "arm": _arm,
    "amplitude": _amplitude,
    "burst": _burst,
    "disarm": _disarm,
    "write program": _write,
    "activate slot": _activate,
    "schedule": _schedule,
    "patient fingerprint": _fingerprint,
}
assert set(_EFFECTS) == set(OPCODE_OF)

"""A device that does not do what STOP asks for, and what must be true of whoever told it so: it ends all the same, its exit code and its
words say that the STOP is not confirmed, and nothing that it says claims more than the device does.

One axis beside the ways in which a programmer is told to go (`signals`, `signals_at_terminals`). Owns the judging, knows no way.
"""

from __future__ import annotations

import re
import time
from typing import Any

from tests.attacks.common import Broken
from tests.attacks.lease import WITHIN_S
from tests.attacks.processes import Emulator, pass_time

SOUND = "sound"
MUTE, UNPLUGGED, REFUSED, NO_LEASE = "mute", "unplugged", "STOP refused", "STOP refused without a lease"
TROUBLES = (MUTE, UNPLUGGED, REFUSED, NO_LEASE)
HEARS_NOTHING = (MUTE, UNPLUGGED)
END_S = 5.0
"""Within this a programmer has ended that was told to go, whatever its device does (3 s on a computer that is not busy)."""
STOP_NOT_CONFIRMED = 81
NOT_CONFIRMED = "STOP NOT CONFIRMED"
CLAIMS = re.compile(
    r"\b(?:was|were) stopped\b|\b(?:whatever was running|stimulation) has ended\b|\boutput (?:is|was) off\b|\bnothing was running\b|"
    r"\b[Nn]o stimulation was started\b|\b[Nn]o test stimulation (?:is|was) prepared\b"
)
"""Sentences, whole or in part, that say of the output that it is off. Nobody may say them of a STOP that was not confirmed."""
_ESCAPES = re.compile(r"\x1b(?:\[[0-9;?<>=]*[a-zA-Z]|[()][A-Z0-9]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[=>78])")


def arguments(trouble: str) -> tuple[str, ...]:
    """What the emulator is started with."""
    return ("--faults", "no-lease") if trouble == NO_LEASE else ()


def consent(trouble: str) -> list[str]:
    """What the programmer is started with, besides."""
    return ["--accept-run-on"] if trouble == NO_LEASE else []


def befall(device: Emulator, trouble: str) -> None:
    """From now on."""
    if trouble == MUTE:
        device.bench({"cmd": "flags", "set": {"stuck": True}})
    elif trouble == UNPLUGGED:
        device.bench({"cmd": "flags", "set": {"unplugged": True}})
    elif trouble != SOUND:
        device.bench({"cmd": "fault", "spec": "nak-stop" if trouble == REFUSED else "no-lease,nak-stop"})


def plain(text: str) -> str:
    """What a terminal was sent, as a person reads it: without escapes, in one line."""
    return " ".join(_ESCAPES.sub(" ", text).split())


def wrong(code: int | None, today: int, lines: list[dict[str, Any]], said: str | None, *, armed: bool) -> list[str]:
    """What is wrong with the way in which a programmer has ended. `today`: its exit code where STOP is confirmed. `said`: what it has said
    since it was told to go, plain; None: nobody could be told. `armed`: whether the device was, when it had ended."""
    stops = [line for line in lines if line["kind"] == "stop"]
    confirmed = bool(stops) and bool(stops[-1]["data"]["confirmed"])
    expected = today if confirmed else STOP_NOT_CONFIRMED
    found = []
    if code != expected:
        found.append(f"exit code {code}, not {expected}")
    if confirmed and armed:
        found.append("STOP is called confirmed, and the device is armed")
    close = lines[-1] if lines and lines[-1]["kind"] == "close" else None
    if close is not None and close["data"]["output_left"] == "off" and not confirmed:
        found.append("the record was closed as off, and no STOP is confirmed")
    if said is None:
        return found
    if not confirmed and NOT_CONFIRMED not in said:
        found.append(f"nothing says {NOT_CONFIRMED}")
    if (claim := CLAIMS.search(said)) is not None and (armed or not confirmed):
        found.append(f"it says {said[max(0, claim.start() - 40) : claim.end() + 20]!r}, the device is {'' if armed else 'no longer '}armed")
    return found


def off_in_time(device: Emulator, trouble: str, begun_s: float) -> list[str]:
    """What is wrong with the end of output: a device with a lease is off, and nothing is armed, WITHIN_S after `begun_s` (monotonic), from
    which on nothing kept it alive. Waits until then."""
    if trouble == NO_LEASE:
        return []
    off_s = device.off_s() if device.changes() else begun_s
    pass_time(max(0.0, begun_s + WITHIN_S - time.monotonic()))
    if off_s - begun_s > WITHIN_S:
        return [f"12: off {off_s - begun_s:.3f} s after nothing kept it alive any more"]
    return [f"12: armed {WITHIN_S} s after nothing kept it alive any more"] if armed(device) else []


def armed(device: Emulator) -> bool:
    """Whether the device holds a side that is prepared."""
    return bool(device.bench({"cmd": "state"})["armed_channels"])


def told(row: str, found: list[str], besides: str) -> str:
    """The row, when nothing is wrong. Broken with all that is."""
    if found:
        raise Broken(f"{row}: {'; '.join(found)} [{besides[-300:]}]", row)
    return row


def woven(number: int, ours: int, others: int) -> tuple[bool, int]:
    """Of `ours` and `others` cases, each counted from 0, evenly mixed: whether this number is one of the others, and which one it is."""
    whole = ours + others
    before, after = number * others // whole, (number + 1) * others // whole
    return (True, before) if after > before else (False, number - before)

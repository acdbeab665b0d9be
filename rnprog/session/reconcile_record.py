"""What a record says that should have flowed: its commands in order, each with its outcome; and where it contradicts itself.

The record's half of `reconcile.py`. Knows the lines of a record and no ground truth.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from rnprog.session.resolve import Settled

Line = dict[str, Any]

MAYBE = (None, "unknown", "read-back differs", "failed", "overtaken by STOP")
"""Results after which a command may or may not have had its effect; None: no outcome line."""
SETTLED = {Settled.CARRIED_OUT: "applied", Settled.REFUSED: "refused", Settled.NOT_CARRIED_OUT: "refused"}
"""What a read afterwards makes of a result that was not known."""
_MOST = {"amplitude_ma": 1e3, "test_ma": 1e3, "pulse_width_us": 1e6, "test_us": 1e6, "rate_hz": 1e4, "duration_s": 3_600.0}
"""More than any stimulator gives, and few enough pulses to go through; ramps are not longer than the burst."""
_COMMANDS = ("impedance", "arm", "amplitude", "burst", "disarm")


@dataclass
class Meant:
    """One command of the record that lets current flow: what should have flowed from it."""

    what: str
    side: str
    amplitude_ua: float
    width_us: float
    duration_s: float
    line: Line
    rate_hz: float = 0.0
    """0: one pulse."""
    ramps_s: tuple[float, float] = (0.0, 0.0)
    result: str | None = None
    after: list[Line] = field(default_factory=list)
    """The lines up to the next such command."""

    def __str__(self) -> str:
        return f"{self.what} {self.side} {self.amplitude_ua:.0f} uA {self.width_us:.0f} us (line {self.line['seq']})"

    @property
    def claimed(self) -> bool:
        """Whether the record says that it was done."""
        return self.result == "applied"

    @property
    def alerted(self) -> bool:
        """Whether the record says that it did not go as it should, or that it is not known."""
        told = any(line["kind"] in ("stop", "settled") or line["data"].get("alert") for line in self.after)
        return told or self.result in MAYBE

    def pulses(self) -> Iterator[tuple[float, float]]:
        """Seconds after the begin, and uA."""
        if not self.rate_hz:
            yield 0.0, self.amplitude_ua
            return
        up_s, down_s = self.ramps_s
        number = 0
        while (at_s := number / self.rate_hz) < self.duration_s - 1e-9:
            up = at_s / up_s if at_s < up_s else 1.0
            down = (self.duration_s - at_s) / down_s if self.duration_s - at_s < down_s else 1.0
            yield at_s, self.amplitude_ua * min(up, down)
            number += 1


def read_record(lines: list[Line], *, lossless: bool) -> tuple[list[str], list[Meant]]:
    """What is wrong with the record by itself, and the commands that let current flow, in order. KeyError, TypeError or ValueError when a
    line does not say what it must, or says it with a number that no stimulator gives."""
    found: list[str] = []
    meant: list[Meant] = []
    setups: dict[str, Line] = {}
    setpoints_ma: dict[str, str] = {}  # by side, since its last burst
    for at, line in enumerate(lines):
        data = line["data"]
        what = data.get("what")
        if meant:
            for each in meant:
                if each.line is meant[-1].line:
                    each.after.append(line)
        if what not in _COMMANDS:
            continue
        if line["kind"] == "outcome":
            before = lines[at - 1]
            if not (before["kind"] == "intent" and before["data"].get("what") == what) and not _stop_between(lines, at, what):
                found.append(f"an outcome without its intent: {what} (line {line['seq']})")
        if line["kind"] != "intent":
            continue
        outcome = _outcome(lines, at, what)
        result = _result(lines, at, outcome)
        if outcome is None and lossless:
            found.append(f"an intent without its outcome: {what} (line {line['seq']})")
        elif outcome is not None and outcome["data"]["result"] == "applied":
            found += _differs(line, outcome)
        if result == "refused":
            continue  # nothing was changed: whatever flows, it is not from this
        if what == "arm":
            setups[data["side"]] = line
        elif what == "amplitude":
            setpoints_ma[data["side"]] = data["amplitude_ma"]
            found += _confirmed(line)
        elif what == "burst":
            found += _confirmed(line)
            for side, amplitude_ma in _sides(data):
                if side not in setups:
                    found.append(f"a burst on a side that was never armed (line {line['seq']})")
                    continue
                set_ma = setpoints_ma.pop(side, None)
                meant.append(_burst(line, side, _number("amplitude_ma", amplitude_ma), setups[side]["data"], result))
                if set_ma is None or _number("amplitude_ma", set_ma) != _number("amplitude_ma", amplitude_ma):
                    found.append(f"a burst of {amplitude_ma} mA while {set_ma} mA was set for it (line {line['seq']})")
        elif what == "impedance":
            meant += _shots(line, outcome, result)
    if lossless:
        found += [f"a burst that is never over: {each}" for each in meant if each.what == "burst" and each.claimed and not _over(each)]
    return found, meant


def _outcome(lines: list[Line], at: int, what: str) -> Line | None:
    """The outcome of the intent `lines[at]`: the next one before another intent."""
    for line in lines[at + 1 :]:
        if line["kind"] == "intent":
            return None
        if line["kind"] == "outcome":
            return line if line["data"].get("what") == what else None
    return None


def _stop_between(lines: list[Line], at: int, what: str) -> bool:
    """A STOP from elsewhere may be recorded between an intent and its outcome."""
    found = next((line for line in reversed(lines[:at]) if line["kind"] != "stop"), None)
    return found is not None and found["kind"] == "intent" and found["data"].get("what") == what


def _result(lines: list[Line], at: int, outcome: Line | None) -> str | None:
    """How the intent `lines[at]` ended in the end: what was not known may have been settled by reading the device."""
    result = None if outcome is None else str(outcome["data"]["result"])
    if outcome is not None and "nothing was sent" in str(outcome["data"].get("reason")):
        return "refused"
    after = next((line for line in lines[at + 1 :] if line["kind"] in ("intent", "settled")), None)
    if result != "unknown" or after is None or after["kind"] == "intent" or lines[at]["data"]["what"] == "impedance":
        return result  # a measurement is several requests, and only the last of them was settled
    return SETTLED.get(after["data"]["settled"], result)


def _differs(intent: Line, outcome: Line) -> list[str]:
    """An outcome says done, of something else than was meant."""
    shared = (intent["data"].keys() & outcome["data"].keys()) - {"what"}
    unlike = [name for name in shared if _value(intent["data"][name]) != _value(outcome["data"][name])]
    return [f"{name} is not what was meant (line {outcome['seq']})" for name in unlike]


def _value(value: Any) -> Any:
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return value


def _number(name: str, value: Any) -> float:
    """One that can be given; "nan" stays what it is, and is like no other."""
    try:
        found = float(value)
    except OverflowError as error:
        raise ValueError(name) from error
    if found < 0 or found > _MOST[name]:
        raise ValueError(name)
    return found


def _confirmed(line: Line) -> list[str]:
    return [] if line["data"].get("confirmed_by") else [f"nobody confirmed this (line {line['seq']})"]


def _over(burst: Meant) -> bool:
    told = [line for line in burst.after if line["kind"] == "stop" or _is_over(line, burst.side)]
    return bool(told)


def _is_over(line: Line, side: str) -> bool:
    return bool(line["kind"] == "burst over" and line["data"].get("side") == side)


def _sides(data: dict[str, Any]) -> list[tuple[str, str]]:
    """Each side of a burst with its amplitude; both sides together are one command."""
    if data["side"] == "both":
        return [(side, data[f"{side}_ma"]) for side in ("left", "right")]
    return [(data["side"], data.get("amplitude_ma", "nan"))]


def _burst(line: Line, side: str, amplitude_ma: float, setup: dict[str, Any], result: str | None) -> Meant:
    ramps_s = (_number("duration_s", setup["ramp_up_s"]), _number("duration_s", setup["ramp_down_s"]))
    duration_s = _number("duration_s", line["data"]["duration_s"])
    width_us, rate_hz = (_number(name, setup[name]) for name in ("pulse_width_us", "rate_hz"))
    return Meant("burst", side, amplitude_ma * 1000, width_us, duration_s, line, rate_hz, ramps_s, result)


def _shots(line: Line, outcome: Line | None, result: str | None) -> list[Meant]:
    """One pulse a pair, but none through a conductor that was found open; with what the device says it used, where that is recorded."""
    data = {**line["data"], **({} if outcome is None else outcome["data"])}
    readings = data.get("readings", [])
    open_pairs = {reading["pair"].replace(" to ", "-") for reading in readings if reading["verdict"] == "open"}
    driven = data["pairs"][: data.get("pairs_driven")]
    sides = ["left" if pair.startswith("L") else "right" for pair in driven if pair not in open_pairs]
    amplitude_ua, width_us = _number("test_ma", data["test_ma"]) * 1000, _number("test_us", data["test_us"])
    return [Meant("impedance", side, amplitude_ua, width_us, 0.0, line, result=result) for side in sides]

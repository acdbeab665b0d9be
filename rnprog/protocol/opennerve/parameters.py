"""OpenNerve Gen2's parameters: identity, unit, range, step and factory value. Exact integers in small units; knows no medicine.

On the wire a value is a whole number of steps (u16). The device keeps steps times step size as a binary fraction and cuts off when it tells
them, so that a few numbers come back one lower: `told` says which.
"""

from __future__ import annotations

from dataclasses import dataclass

from rnprog.protocol.errors import LocalProtocolError


@dataclass(frozen=True, slots=True)
class Parameter:
    """One row. Bounds, step and factory value are in `unit`: uA, us, mHz, ms, ohm, mV, s, min, h, or "" for a plain number."""

    id: str
    name: str
    unit: str
    minimum: int
    maximum: int
    default: int
    step: int
    cut: frozenset[int] = frozenset()
    """Step counts that the device tells one lower than they were written."""

    @property
    def wire_range(self) -> range:
        """All step counts the device accepts."""
        return range(-(-self.minimum // self.step), self.maximum // self.step + 1)

    def steps(self, value: int) -> int:
        """A value as a number of steps. LocalProtocolError when it is none, or out of range: nothing is rounded."""
        if value % self.step or not self.minimum <= value <= self.maximum:
            bounds = f"{self.minimum} to {self.maximum} in steps of {self.step} {self.unit}"
            raise LocalProtocolError(f"{self.id} {self.name} cannot be {value}: {bounds}")
        return value // self.step

    def value(self, steps: int) -> int:
        """A number of steps as a value, in range or not."""
        return steps * self.step

    def told(self, steps: int) -> int:
        """What the device tells after these steps were written."""
        return steps - 1 if steps in self.cut else steps

    @property
    def default_told(self) -> int:
        """What the device tells of its factory value: whole steps, cut off; 3.3 V in steps of 0.1 V are told as 32."""
        return 32 if self.id == "HP26" else self.default // self.step

    def told_alike(self, told: int) -> tuple[int, ...]:
        """All step counts that the device tells so."""
        return tuple(steps for steps in (told, told + 1) if steps in self.wire_range and self.told(steps) == told)

    def holds(self, written: int, told: int) -> bool:
        """Whether what it tells is what was written."""
        return told == self.told(written)


def _sessions() -> list[Parameter]:
    rows = []
    for number in range(1, 7):
        rows.append(Parameter(f"ST{number}1", f"session {number} start", "min", 0, 1438, 480, 1))
        rows.append(Parameter(f"ST{number}2", f"session {number} stop", "min", 1, 1439, 510, 1))
    return rows


_CUT_TENTHS = frozenset({43})

_STIMULATION = (
    Parameter("SP01", "session used", "", 1, 6, 3, 1),
    Parameter("SP02", "pulse amplitude", "uA", 200, 5_000, 200, 100, _CUT_TENTHS),
    Parameter("SP03", "pulse width", "us", 100, 1_000, 500, 50),
    Parameter("SP04", "pulse frequency", "mHz", 1_000, 2_000_000, 5_000, 1_000),
    Parameter("SP05", "ramp up", "ms", 0, 10_000, 2_000, 1_000),
    Parameter("SP06", "ramp down", "ms", 0, 10_000, 2_000, 1_000),
    Parameter("SP07", "train on", "ms", 10_000, 300_000, 10_000, 10_000),
    Parameter("SP08", "train off", "ms", 0, 300_000, 90_000, 10_000),
    Parameter("SP09", "cathode", "", 1, 5, 1, 1),
    Parameter("SP10", "anode", "", 1, 5, 2, 1),
    Parameter("SP11", "nerve block cathode", "", 1, 5, 1, 1),
    Parameter("SP12", "nerve block anode", "", 1, 5, 2, 1),
    Parameter("SP13", "highest safe amplitude", "uA", 500, 5_000, 500, 100, _CUT_TENTHS),
    Parameter("SP14", "lowest safe impedance", "ohm", 100, 600, 450, 10),
    Parameter("SP15", "sine amplitude", "uA", 100, 2_000, 1_000, 50),
    Parameter("SP16", "highest sine amplitude", "uA", 2_000, 2_000, 2_000, 1_000),
    Parameter("SP17", "sine frequency", "mHz", 500, 15_000, 2_500, 100, frozenset({43, 81, 86, 91})),
    Parameter("SP18", "nerve block on", "ms", 1_000, 600_000, 10_000, 1_000),
    Parameter("SP19", "nerve block off", "ms", 0, 600_000, 10_000, 1_000),
    *_sessions(),
)
STIMULATION: dict[str, Parameter] = {row.id: row for row in _STIMULATION}
"""Parameters of stimulation, by id. Of SP16 the facts give one value and no range beside it."""

_SETTINGS = (
    Parameter("HP14", "advertising time", "ms", 10_000, 600_000, 119_000, 10_000),
    Parameter("HP15", "idle time", "ms", 10_000, 600_000, 300_000, 10_000),
    Parameter("HP16", "disconnect delay", "ms", 10_000, 600_000, 10_000, 10_000),
    Parameter("HP17", "setting 17", "", 1, 600, 60, 1),
    Parameter("HP18", "impedance test interval", "h", 1, 96, 1, 1),
    Parameter("HP19", "battery test interval", "h", 1, 96, 1, 1),
    Parameter("HP22", "magnet, shortest for sleep", "s", 1, 60, 2, 1),
    Parameter("HP23", "magnet, longest for sleep", "s", 1, 60, 6, 1),
    Parameter("HP24", "magnet, shortest for passkey", "s", 1, 60, 9, 1),
    Parameter("HP25", "magnet, longest for passkey", "s", 1, 60, 13, 1),
    Parameter("HP26", "battery low", "mV", 2_000, 4_000, 3_300, 100),
    Parameter("HP27", "end of service", "mV", 2_000, 4_000, 3_200, 100),
    Parameter("HP29", "idle duration", "", 1, 600, 1, 1),
    Parameter("HP30", "setting 30", "", 1, 600, 60, 1),
)
SETTINGS: dict[str, Parameter] = {row.id: row for row in _SETTINGS}
"""Settings of the device that are numbers of steps. Published ranges: HP14, HP18, HP19, HP26, HP27, HP29; the others are guesses, and
nothing here writes them. HP20 and HP21 do not exist in Gen2, whatever older tables say."""

TEXTS: dict[str, int] = {
    "HP01": 8,
    "HP02": 5,
    "HP03": 4,
    "HP04": 10,
    "HP05": 6,
    "HP06": 10,
    "HP07": 10,
    "HP08": 4,
    "HP09": 64,
    "HP10": 6,
    "HP11": 4,
    "HP12": 64,
    "HP13": 6,
}
"""Settings of the device that are bytes, with their length: HP01 serial number, HP02 model, HP05 firmware date, HP09 and HP12 keys."""


def channels() -> tuple[str, ...]:
    """What the electrode numbers 1 to 5 mean."""
    return ("CH1", "CH2", "CH3", "CH4", "enclosure")

"""Named situations: what is different about a device or the person it is in. A table; it changes nothing by itself."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto


class Line(Enum):
    """How the device treats its line."""

    NORMAL = auto()
    DEAF = auto()
    JUNK = auto()


@dataclass(frozen=True, slots=True)
class Scenario:
    """What a scenario changes. Contacts: 0-3 L0-L3, 4-7 R0-R3, 8 the case."""

    name: str
    summary: str
    open_contacts: tuple[int, ...] = ()
    short_pairs: tuple[tuple[int, int], ...] = ()
    threshold_factor: float = 1.0
    battery_fraction: float = 0.8
    charging: bool = False
    therapy_running: bool = False
    model: str = "RN-1"
    serial: str | None = None
    """`None`: the device's own."""
    version: int = 1
    line: Line = Line.NORMAL


_ALL = (
    Scenario("healthy", "everything works; ordinary impedances and thresholds"),
    Scenario("left-open", "the conductor of contact L1 is broken: no current through it", open_contacts=(1,)),
    Scenario("right-short", "the conductors of contacts R1 and R2 touch", short_pairs=((5, 6),)),
    Scenario("high-threshold", "both motor thresholds are four times as high: often out of reach", threshold_factor=4.0),
    Scenario("low-battery", "the cell is nearly empty: stimulation is refused", battery_fraction=0.3),
    Scenario("charging", "the device is on its charger: stimulation is refused", charging=True),
    Scenario("therapy-running", "a therapy session is running when the programmer connects", therapy_running=True),
    Scenario("foreign-serial", "the serial number holds terminal escapes and markup", serial="[/x]\x1b]0;own\x07\x1b[m"),
    Scenario("unknown-firmware", "the device speaks protocol version 9 and no other", version=9),
    Scenario("other-device", "the device answers, but its model is XN-7", model="XN-7"),
    Scenario("deaf", "nothing ever answers on this line", line=Line.DEAF),
    Scenario("junk", "noise on the line, never an answer", line=Line.JUNK),
)
SCENARIOS: dict[str, Scenario] = {scenario.name: scenario for scenario in _ALL}


def scenario_named(name: str) -> Scenario:
    """The scenario; ValueError that lists the known ones."""
    try:
        return SCENARIOS[name]
    except KeyError:
        raise ValueError(f"There is no scenario {name!r}. Known are {', '.join(SCENARIOS)}.") from None

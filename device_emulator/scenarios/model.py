"""What a scenario is. Data; it changes nothing by itself."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto


class Line(Enum):
    """How the device treats its line."""

    NORMAL = auto()
    DEAF = auto()
    JUNK = auto()


class Stored(Enum):
    """Which program is in slot 0 and active when the visit begins."""

    NONE = auto()
    USUAL = auto()
    """A bilateral one that suits this person's thresholds at activation."""
    FOREIGN = auto()
    """One that another clinic left behind: one side, other electrodes, another patient key, the schedule on."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a trainee gets out of it. Three short paragraphs."""

    sees: str
    do: str
    tool: str
    """How the programmer should help."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """What a scenario changes. Contacts: 0-3 L0-L3, 4-7 R0-R3, 8 the case; sides: 0 left, 1 right."""

    name: str
    summary: str
    lesson: Lesson | None = None
    """`None`: a technical scenario, for tests."""
    day: bool = False
    """It is about this day (cell, charger, line, what runs), not about the person or the device: a name does not keep it."""
    event: bool = False
    """It may happen to a person who came with `healthy`, between two visits, and lasts from then on."""
    open_contacts: tuple[int, ...] = ()
    loose_contacts: tuple[int, ...] = ()
    short_pairs: tuple[tuple[int, int], ...] = ()
    wet_sides: tuple[int, ...] = ()
    shift_mm: tuple[float, float] = (0.0, 0.0)
    cohort: str = "A"
    threshold_factor: float = 1.0
    left_at_least_ma: float = 0.0
    """The left motor threshold, after the factor: so that what there is to see is seen with every seed."""
    clamps_below_left: float = 0.0
    """The device holds no more than this share of the left motor threshold, and no more than 1.5 mA; 0: it does not clamp."""
    months: int = 0
    """Since activation, at the visit."""
    stored: Stored = Stored.NONE
    """With months behind it a device has the usual program, unless this says otherwise."""
    starts: str | None = None
    """How sessions are started at home; `None`: as the person does."""
    faults: str = ""
    """Of the line and the device, from the beginning."""
    battery_fraction: float | None = None
    """What is in the cell on that day; `None`: what is left in it."""
    charging: bool = False
    therapy_running: bool = False
    model: str = "RN-1"
    serial: str | None = None
    """`None`: the device's own."""
    version: int = 1
    line: Line = Line.NORMAL
    like: str = ""
    """A fault that shows the same, where `faults` names none: what to set on a device that this scenario cannot be named for."""

    @property
    def as_faults(self) -> str:
        """What shows this scenario as faults; empty: nothing does."""
        return self.faults or self.like

"""What may be laid before the safety envelope besides a program, and the limits of the patient. Owns plain values and
the comparison of two programs; it judges nothing against a device.
"""

from dataclasses import dataclass
from decimal import Decimal

from rnprog.therapy.contacts import Electrodes, Side
from rnprog.therapy.program import Program, SideProgram
from rnprog.therapy.units import Hertz, Microseconds, Milliamps, Seconds, UnitError, is_plain


@dataclass(frozen=True, slots=True)
class PatientLimits:
    """Highest amplitude on each side for this patient, in mA, 0 or more. Raises `UnitError` for anything else."""

    left_max_ma: Milliamps | None = None
    """`None`: the profile sets no limit on this side."""
    right_max_ma: Milliamps | None = None
    """`None`: the profile sets no limit on this side."""

    def __post_init__(self) -> None:
        _check_amplitudes(("left patient limit", self.left_max_ma), ("right patient limit", self.right_max_ma))

    def highest_ma(self, side: Side) -> Milliamps | None:
        return self.left_max_ma if side is Side.LEFT else self.right_max_ma


@dataclass(frozen=True, slots=True)
class TestSetup:
    """Test stimulation before any amplitude: all that has to stay the same while the amplitude moves.

    Raises `UnitError` if a value is not an ordinary decimal number.
    """

    __test__ = False  # the name says "test stimulation"; this is not a test case

    side: Side
    electrodes: Electrodes
    pulse_width_us: Microseconds
    rate_hz: Hertz
    ramp_up_s: Seconds
    ramp_down_s: Seconds

    def __post_init__(self) -> None:
        for value in (self.pulse_width_us, self.rate_hz, self.ramp_up_s, self.ramp_down_s):
            if not is_plain(value):
                raise UnitError("Pulse width, rate and ramps must be ordinary decimal numbers.")


@dataclass(frozen=True, slots=True)
class Ladder:
    """Where a titration stands, in mA, each 0 or more. Raises `UnitError` for anything else."""

    last_delivered_ma: Milliamps
    """0 at the start and after every gap."""
    highest_tolerated_ma: Milliamps
    """0 until a burst was answered without discomfort."""
    ceiling_ma: Milliamps | None = None
    """Set by discomfort; `None`: none was reported."""

    def __post_init__(self) -> None:
        _check_amplitudes(
            ("last delivered amplitude", self.last_delivered_ma),
            ("highest tolerated amplitude", self.highest_tolerated_ma),
            ("ceiling", self.ceiling_ma),
        )


def inward(current: Program, proposed: Program) -> bool:
    """Whether `proposed` delivers in no respect more than `current`, wherever the two lie.

    On each side: the same electrodes, amplitude and charge per phase not above. For both: rate, on time, session
    length and sessions a day not above, off time and ramps not shorter. A side may fall away; none may be added.
    """
    return (
        _side_inward(current.left, proposed.left)
        and _side_inward(current.right, proposed.right)
        and proposed.rate_hz <= current.rate_hz
        and proposed.on_s <= current.on_s
        and proposed.off_s >= current.off_s
        and proposed.ramp_up_s >= current.ramp_up_s
        and proposed.ramp_down_s >= current.ramp_down_s
        and proposed.session_min <= current.session_min
        and proposed.sessions_per_day <= current.sessions_per_day
    )


def _side_inward(current: SideProgram | None, proposed: SideProgram | None) -> bool:
    if proposed is None or proposed.amplitude_ma == 0:
        return True
    if current is None:
        return False
    return (
        proposed.electrodes == current.electrodes
        and proposed.amplitude_ma <= current.amplitude_ma
        and proposed.amplitude_ma * proposed.pulse_width_us <= current.amplitude_ma * current.pulse_width_us
    )


def _check_amplitudes(*values: tuple[str, Decimal | None]) -> None:
    for name, value in values:
        if value is not None and (not is_plain(value) or value < 0):
            raise UnitError(f"The {name} must be an amplitude in mA, 0 or more.")

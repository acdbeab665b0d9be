"""The hard guards of titration, the same for every way of choosing an amplitude, by hand too. They refuse; they never change a dose.

How they join the rest: `Titration` holds the ladder (last delivered, highest tolerated, sticky ceiling; a gap sets the last to 0), the
safety envelope approves each burst against it and against charge, compliance with a fresh impedance, device and patient limit, and says
in `highest_allowed` how far it would go. Here the same ladder is judged once more without a device, plus the one rule that the envelope
does not know: never up directly after a contraction.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from rnprog.therapy.checks import STEP_LIMIT_MA
from rnprog.therapy.grid import Range
from rnprog.therapy.parameters import AMPLITUDE
from rnprog.therapy.titration import State, Titration
from rnprog.therapy.units import Milliamps, is_plain


class Guard(StrEnum):
    """Why an amplitude is refused."""

    NOT_READY = "not ready"
    """No burst may be given now: not begun, unanswered, stopped, ended, or waiting for the clinician after discomfort."""
    NOT_A_STEP = "not a step"
    STEP_ABOVE_LAST = "step above last"
    STEP_ABOVE_TOLERATED = "step above tolerated"
    AFTER_CONTRACTION = "after contraction"
    ABOVE_TARGET = "above target"
    CEILING = "ceiling"
    ENVELOPE = "envelope"
    """Charge, compliance, device, patient limit, or no fresh impedance; the envelope names which."""


@dataclass(frozen=True, slots=True)
class Broken:
    """One guard that an amplitude breaks."""

    guard: Guard
    highest_ma: Milliamps | None
    """The most that this guard lets pass; `None`: it is not a matter of height."""


def broken(
    titration: Titration,
    amplitude_ma: Milliamps,
    highest_allowed: Milliamps,
    *,
    target_ma: Milliamps | None = None,
    amplitudes: Range = AMPLITUDE.range,
) -> tuple[Broken, ...]:
    """Every guard that a burst of `amplitude_ma` would break now; empty: it may be laid before the envelope.

    `highest_allowed` is what the envelope would approve now. With `target_ma` an
    amplitude chosen before is brought up (confirmation): up to it and no further. Without, a threshold is searched for: never up directly
    after a contraction.
    """
    found = [] if titration.state is State.STEPPING else [Broken(Guard.NOT_READY, None)]
    if not is_plain(amplitude_ma) or amplitude_ma <= 0 or not amplitudes.contains(amplitude_ma):
        return (*found, Broken(Guard.NOT_A_STEP, None))
    bounds = limits(titration, highest_allowed, target_ma=target_ma)
    found.extend(Broken(guard, bound) for guard, bound in bounds if amplitude_ma > bound)
    return tuple(found)


def limits(titration: Titration, highest_allowed: Milliamps, *, target_ma: Milliamps | None = None) -> tuple[tuple[Guard, Milliamps], ...]:
    """Every bound on the height of the next burst, in mA."""
    bounds = [
        (Guard.STEP_ABOVE_LAST, Milliamps(titration.last_delivered_ma + STEP_LIMIT_MA)),
        (Guard.STEP_ABOVE_TOLERATED, Milliamps(titration.highest_tolerated_ma + STEP_LIMIT_MA)),
        (Guard.ENVELOPE, highest_allowed),
    ]
    if titration.ceiling_ma is not None:
        bounds.append((Guard.CEILING, titration.ceiling_ma))
    contracted_ma = after_contraction_ma(titration)
    if target_ma is not None:
        bounds.append((Guard.ABOVE_TARGET, target_ma))
    elif contracted_ma is not None:
        bounds.append((Guard.AFTER_CONTRACTION, contracted_ma))
    return tuple(bounds)


def after_contraction_ma(titration: Titration) -> Milliamps | None:
    """The amplitude of the last rated burst if it was a contraction of any grade; `None` otherwise."""
    for burst in reversed(titration.log):
        grade = None if burst.rated is None else burst.rated.grade
        if grade is not None:
            return burst.amplitude_ma if grade > 0 else None
    return None


def ceiling_ma(titration: Titration, highest_allowed: Milliamps) -> Milliamps | None:
    """The limit that stays, as far as it is known: from discomfort, or what the envelope allows where the ladder would go higher.

    `None`: the next step is bounded by the ladder alone, so a higher limit has not shown itself yet.
    """
    ladder_ma: Decimal = min(titration.last_delivered_ma, titration.highest_tolerated_ma) + STEP_LIMIT_MA
    bounds = [] if titration.ceiling_ma is None else [titration.ceiling_ma]
    if highest_allowed < ladder_ma:
        bounds.append(highest_allowed)
    return min(bounds, default=None)

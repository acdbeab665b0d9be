"""Every bound a program stands under, with how much of it is used: for the gauge. It shows what the envelope judged, and judges nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from rnprog.session.programs import Proposal
from rnprog.session.wording import tui_program as say
from rnprog.therapy.capabilities import Capabilities
from rnprog.therapy.charge import (
    CAUTION_DENSITY_UC_CM2,
    CAUTION_K,
    LIMIT_DENSITY_UC_CM2,
    LIMIT_K,
    highest_compliant_ua,
)
from rnprog.therapy.contacts import Side
from rnprog.therapy.envelope import PatientLimits
from rnprog.therapy.impedance import ImpedanceSweep
from rnprog.therapy.parameters import AMPLITUDE
from rnprog.therapy.units import plain


@dataclass(frozen=True, slots=True)
class Bound:
    """One of them."""

    name: str
    value: str
    limit: str
    """Empty: there is none to be told."""
    share: Decimal | None
    """Of the limit, 1 at the limit; None: it cannot be told."""
    caution: Decimal | None = None
    """The share from which a caution is given."""


def bounds(
    proposal: Proposal, capabilities: Capabilities, limits: PatientLimits | None, sweep: ImpedanceSweep | None
) -> dict[Side, tuple[Bound, ...]]:
    """All of them, for each side that is stimulated."""
    return {side: tuple(_of_side(proposal, side, capabilities, limits, sweep)) for side in Side if proposal.program.side(side) is not None}


def _of_side(
    proposal: Proposal, side: Side, capabilities: Capabilities, limits: PatientLimits | None, sweep: ImpedanceSweep | None
) -> Iterable[Bound]:
    part = proposal.program.side(side)
    figures = proposal.review.figures.get(side)
    if part is None:
        return
    amount = part.amplitude_ma
    shown = AMPLITUDE.show(amount)
    owners = {"rnprog": AMPLITUDE.maximum, "device": capabilities.amplitude_ma.maximum}
    patient = limits.highest_ma(side) if limits is not None else None
    if patient is not None:
        owners["patient"] = patient
    for most in dict.fromkeys(owners.values()):  # who has the same limit stands in one line
        yield _amplitude(say.together([owner for owner, limit in owners.items() if limit == most]), shown, amount, most)
    if figures is not None:
        density = figures.density_uc_cm2
        limit = Decimal(LIMIT_DENSITY_UC_CM2)
        yield Bound(say.DENSITY_RULE, f"{density:.1f}", f"{limit}", density / limit, Decimal(CAUTION_DENSITY_UC_CM2) / limit)
        own = capabilities.charge_density_limit_uc_cm2
        yield Bound(say.DENSITY_DEVICE, f"{density:.1f}", plain(own), density / own if own else None)
        k = figures.shannon_k
        share = None if k is None else max(Decimal(0), Decimal(f"{k:.3f}") / LIMIT_K)
        yield Bound(say.SHANNON, "none" if k is None else f"{k:.2f}", str(LIMIT_K), share, CAUTION_K / LIMIT_K)
    yield _compliance(proposal, side, capabilities, sweep)


def _amplitude(owner: str, shown: str, amount: Decimal, most: Decimal) -> Bound:
    return Bound(owner, shown.removesuffix(" mA"), AMPLITUDE.show(most).removesuffix(" mA"), amount / most if most else None)


def _compliance(proposal: Proposal, side: Side, capabilities: Capabilities, sweep: ImpedanceSweep | None) -> Bound:
    """The worst measured pair of these electrodes against what the device can drive."""
    part = proposal.program.side(side)
    assert part is not None  # only stimulated sides are asked about
    pairs = {frozenset((cathode, anode)) for cathode in part.electrodes.cathodes for anode in part.electrodes.anodes}
    readings = [reading for reading in (sweep.readings if sweep is not None else ()) if reading.pair in pairs]
    measured = [reading.impedance_ohm for reading in readings if reading.impedance_ohm]
    if not measured:
        return Bound(say.VOLTAGE, say.OPEN if any(reading.over_range for reading in readings) else say.NOT_MEASURED, "", None)
    most = Decimal(highest_compliant_ua(max(measured), capabilities.compliance_mv)) / 1000
    shown = AMPLITUDE.show(part.amplitude_ma).removesuffix(" mA")
    return Bound(say.VOLTAGE, shown, f"{most:.1f}", part.amplitude_ma / most if most else None)

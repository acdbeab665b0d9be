"""Percutaneous peripheral nerve stimulation (PNS) of the medial branch: the parameters of such a treatment, and its charge.

Another class of device: leads through the skin, a stimulator worn outside, taken out after at most 60 days. rnprog can verify such a
profile and has no device to write it to. No electrical figure of this therapy was found in a public source, so all but the duration are
`unverified`; the ranges keep slips of the keyboard out and say nothing about what is right for a patient.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from rnprog.profile.reference import RN1
from rnprog.therapy.contacts import Contact, Electrodes, Side
from rnprog.therapy.findings import Caution, Source, Violation
from rnprog.therapy.parameters import Parameter
from rnprog.therapy.rules import Dose, charge_findings
from rnprog.therapy.units import Hertz, Microseconds, Milliamps

TABLE = "percutaneous"

DURATION_SOURCE = "cleared for up to 60 days: FDA 510(k) K223306, K170902"
NO_SOURCE = "unverified: no published figure was found for percutaneous stimulation of the medial branch"

DURATION = Parameter("duration_days", "Duration", "days", Decimal(1), Decimal(60), Decimal(1), DURATION_SOURCE)
HOURS = Parameter("hours_per_day", "Hours a day", "h", Decimal("0.5"), Decimal(24), Decimal("0.5"), NO_SOURCE)
RATE = Parameter("rate_hz", "Rate", "Hz", Decimal("1.0"), Decimal("120.0"), Decimal("0.1"), NO_SOURCE)
AMPLITUDE = Parameter("amplitude_ma", "Amplitude", "mA", Decimal("0.0"), Decimal("30.0"), Decimal("0.1"), NO_SOURCE)
WIDTH = Parameter("pulse_width_us", "Pulse width", "us", Decimal(10), Decimal(500), Decimal(1), NO_SOURCE)
MAX_AMPLITUDE = replace(AMPLITUDE, key="max_amplitude_ma", label="Patient maximum")

COMMON = (DURATION, HOURS, RATE)
OF_SIDE = (AMPLITUDE, WIDTH, MAX_AMPLITUDE)

_ONE_CONTACT = {side: Electrodes(frozenset({contact}), frozenset()) for side, contact in zip(Side, (Contact.L0, Contact.R0), strict=True)}
"""A coiled lead is one contact; the other pole is a pad on the skin, whose area is so large that it is not judged."""


def charge_problems(side: Side, amplitude_ma: Milliamps, width_us: Microseconds, area_cm2: Decimal) -> Iterator[Violation | Caution]:
    """The charge rules of rnprog for one coil of `area_cm2`. The limit of a device is not among them: none is known."""
    coil = replace(RN1, contact_area_cm2=area_cm2)
    dose = Dose(side, _ONE_CONTACT[side], amplitude_ma, width_us, Hertz(RATE.minimum))
    yield from (found for found in charge_findings(dose, coil) if found.source is not Source.DEVICE)

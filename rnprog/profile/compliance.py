"""RN307: whether a device can drive an amplitude at all. A profile holds no impedance, so only the lowest usual one is asked about.

What can be driven there may still fail at a higher impedance; that is judged with the measured one, before anything is written or started.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import ceil

from rnprog.therapy.capabilities import Capabilities
from rnprog.therapy.charge import UA_PER_MA, compliance_problem, highest_compliant_ua
from rnprog.therapy.contacts import Side
from rnprog.therapy.impedance import NORMAL_FROM_OHM
from rnprog.therapy.parameters import AMPLITUDE


def drivable(amplitude_ma: Decimal, capabilities: Capabilities) -> bool:
    """Whether the device can be relied on for this amplitude at the lowest usual impedance."""
    return compliance_problem(_ua(amplitude_ma), NORMAL_FROM_OHM, capabilities.compliance_mv) is None


def compliance_sentence(side: Side, amplitude_ma: Decimal, capabilities: Capabilities) -> str:
    """What to say about an amplitude that cannot be driven."""
    highest_ma = Decimal(highest_compliant_ua(NORMAL_FROM_OHM, capabilities.compliance_mv)) / UA_PER_MA
    legal_ma = AMPLITUDE.range.at_or_below(highest_ma)
    choose = f"Choose {AMPLITUDE.show(legal_ma)} or less." if legal_ma else "Choose another device."
    return (
        f"{side.label} amplitude {AMPLITUDE.show(amplitude_ma)} needs more voltage than the device has, even at {NORMAL_FROM_OHM} ohm, "
        f"the lowest usual impedance. {choose}"
    )


def _ua(amplitude_ma: Decimal) -> int:
    """In uA, the next one up if it is not exact."""
    return ceil(Fraction(amplitude_ma) * UA_PER_MA)

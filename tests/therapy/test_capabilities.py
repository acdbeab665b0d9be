"""What a device says of itself: plausible or refused."""

from decimal import Decimal as D
from typing import Any

import pytest

from rnprog.therapy.capabilities import CapabilitiesError
from rnprog.therapy.contacts import Contact, Side
from tests.therapy.samples import RN1, device


def test_the_reference_device_in_integers() -> None:
    assert RN1.contact_area_um2 == 12_250_000
    assert RN1.case_area_um2 == 2_000_000_000
    assert RN1.compliance_mv == 9000
    assert RN1.area_um2(Contact.L0) == 12_250_000
    assert RN1.area_um2(Contact.CASE) == 2_000_000_000


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"step_limit_ma": D(0)}, "step limit"),
        ({"contact_area_cm2": D(0)}, "contact area"),
        ({"contact_area_cm2": D("-0.1")}, "contact area"),
        ({"contact_area_cm2": D("0.000000001")}, "contact area is given more finely"),
        ({"case_area_cm2": D("NaN")}, "case area"),
        ({"case_area_cm2": 20.0}, "case area"),
        ({"compliance_v": D(0)}, "compliance voltage"),
        ({"compliance_v": D("9.0001")}, "compliance voltage is given more finely"),
        ({"charge_density_limit_uc_cm2": D(0)}, "charge density limit"),
        ({"lease_s": D(0)}, "lease"),
        ({"run_on_bound_s": D(-1)}, "run-on time"),
        ({"impedance_test_ma": D("Infinity")}, "amplitude of the impedance test"),
        ({"impedance_test_us": D(-1)}, "pulse width of the impedance test"),
        ({"contacts_per_lead": 0}, "1 to 4 contacts"),
        ({"contacts_per_lead": 5}, "1 to 4 contacts"),
        ({"leads": ()}, "name its leads"),
        ({"leads": (Side.LEFT, Side.LEFT)}, "name its leads"),
        ({"interphase_gap_us": -1}, "cannot be below zero"),
        ({"slots": -1}, "cannot be below zero"),
        ({"impedance_min_ohm": 20_000}, "upside down"),
    ],
)
def test_an_impossible_device_is_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(CapabilitiesError) as caught:
        device(**changes)
    assert words in caught.value.reason
    assert caught.value.reason.endswith("Do not stimulate.")


def test_a_device_without_lease_is_possible() -> None:
    assert device(lease_s=None, run_on_bound_s=D(600)).lease_s is None

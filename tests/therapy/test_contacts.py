"""Electrode sets: how they are written and what is wrong with them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnprog.therapy.contacts import (
    CONTACTS_OF,
    Contact,
    Electrodes,
    ElectrodesError,
    Side,
    in_order,
    index_on_lead,
    lead_of,
)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("-L1+L2", "-L1+L2"),
        ("+L2-L1", "-L1+L2"),
        ("-l1 +CASE", "-L1+case"),
        ("-L1-L0+L2", "-L0-L1+L2"),
        ("+r3+r1-r2", "-R2+R1+R3"),
        ("-case+L0", "-case+L0"),
    ],
)
def test_reads_and_writes_canonically(text: str, canonical: str) -> None:
    electrodes = Electrodes.parse(text)
    assert str(electrodes) == canonical
    assert Electrodes.parse(canonical) == electrodes


@pytest.mark.parametrize(
    ("text", "side", "words"),
    [
        ("", None, "No electrodes were given"),
        (None, None, "No electrodes were given"),
        (True, None, "No electrodes were given"),
        ("L1+L2", None, "Write a sign before each contact"),
        ("-L1+L2;", None, "Write a sign before each contact"),
        ("-L1++L2", None, "Write a sign before each contact"),
        ("-L1+L4", None, "L4 is not a contact"),
        ("-L1-L1+L2", None, "L1 is named twice"),
        ("+L1+L2", None, "There is no cathode"),
        ("-L1-L2", None, "There is no anode"),
        ("-L1+L1", None, "L1 cannot be cathode and anode at once"),
        ("-L1+R2", None, "use both leads"),
        ("-R1+R2", Side.LEFT, "R1, R2 are not on the left lead"),
        ("-L1+case", Side.RIGHT, "L1 is not on the right lead"),
    ],
)
def test_refuses_with_words_that_help(text: object, side: Side | None, words: str) -> None:
    with pytest.raises(ElectrodesError) as caught:
        Electrodes.parse(text, side=side)
    assert words in caught.value.reason


def test_the_side_fits() -> None:
    assert Electrodes.parse("-R0+case", Side.RIGHT).problem(Side.RIGHT) is None


def test_a_device_may_hold_nonsense_and_it_can_be_shown() -> None:
    empty = Electrodes(frozenset(), frozenset())
    assert str(empty) == "none"
    assert empty.contacts == ()
    assert "no cathode" in (empty.problem() or "")


def test_contacts_and_leads() -> None:
    assert lead_of(Contact.CASE) is None
    assert index_on_lead(Contact.CASE) is None
    for side, contacts in CONTACTS_OF.items():
        assert [lead_of(contact) for contact in contacts] == [side] * 4
        assert [index_on_lead(contact) for contact in contacts] == [0, 1, 2, 3]
    assert (Side.LEFT.label, Side.RIGHT.label) == ("Left", "Right")


sets = st.frozensets(st.sampled_from(list(Contact)))


@given(sets, sets, st.sampled_from([None, *Side]))
def test_usable_exactly_if_both_poles_and_one_lead(cathodes: frozenset[Contact], anodes: frozenset[Contact], side: Side | None) -> None:
    electrodes = Electrodes(cathodes, anodes)
    leads = {lead_of(contact) for contact in cathodes | anodes} - {None}
    fine = bool(cathodes and anodes) and not cathodes & anodes and len(leads) == 1 and side in (None, *leads)
    assert (electrodes.problem(side) is None) == fine
    assert electrodes.contacts == in_order(cathodes | anodes)
    if fine:
        assert Electrodes.parse(str(electrodes), side) == electrodes
        assert Electrodes.parse(str(electrodes).lower(), side) == electrodes

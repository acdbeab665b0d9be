"""Impedance: what a reading means, and when a sweep may be relied on."""

from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnprog.therapy.contacts import Contact, Electrodes
from rnprog.therapy.impedance import (
    FRESH_FOR_MS,
    Fresh,
    ImpedanceReading,
    ImpedanceSweep,
    NotUsable,
    NotUsableKind,
    Verdict,
    blocking,
    contact_verdicts,
    equalised,
    judged,
    usable,
    verdict,
)
from tests.therapy.samples import sweep

L1_L2 = Electrodes.parse("-L1+L2")
NOW_MS = 100_000


def reading(ohm: int | None, over: bool = False, under: bool = False) -> ImpedanceReading:
    return ImpedanceReading(Contact.L1, Contact.L2, ohm, over, under)


@pytest.mark.parametrize(
    ("ohm", "over", "under", "expected"),
    [
        (0, False, False, Verdict.SHORT),
        (99, False, False, Verdict.SHORT),
        (100, False, False, Verdict.LOW),
        (399, False, False, Verdict.LOW),
        (400, False, False, Verdict.NORMAL),
        (1500, False, False, Verdict.NORMAL),
        (1501, False, False, Verdict.HIGH),
        (4000, False, False, Verdict.HIGH),
        (4001, False, False, Verdict.OPEN),
        (-1, False, False, Verdict.UNKNOWN),
        (None, False, False, Verdict.UNKNOWN),
        (None, True, False, Verdict.OPEN),
        (None, False, True, Verdict.SHORT),
        (800, True, False, Verdict.OPEN),
        (800, False, True, Verdict.SHORT),
        (800, True, True, Verdict.UNKNOWN),
    ],
)
def test_bands(ohm: int | None, over: bool, under: bool, expected: Verdict) -> None:
    assert verdict(reading(ohm, over, under)) is expected


def test_what_blocks() -> None:
    assert [found for found in Verdict if blocking(found)] == [Verdict.UNKNOWN, Verdict.SHORT, Verdict.OPEN]


@given(st.none() | st.integers(-10, 20_000), st.booleans(), st.booleans())
def test_only_100_to_4000_without_flags_lets_current_through(ohm: int | None, over: bool, under: bool) -> None:
    plain = ohm is not None and 100 <= ohm <= 4000 and not over and not under
    assert blocking(verdict(reading(ohm, over, under))) == (not plain)


def test_contacts_are_judged_against_the_case_by_their_worst_reading() -> None:
    readings = (
        ImpedanceReading(Contact.CASE, Contact.R3, 5000),
        ImpedanceReading(Contact.L0, Contact.CASE, 800),
        ImpedanceReading(Contact.L0, Contact.CASE, 2000),
        ImpedanceReading(Contact.L0, Contact.CASE, 700),
        ImpedanceReading(Contact.L1, Contact.L2, 50),
        ImpedanceReading(Contact.CASE, Contact.CASE, 50),
    )
    found = contact_verdicts(ImpedanceSweep(readings, "S", 1, 0))
    assert list(found.items()) == [(Contact.L0, Verdict.HIGH), (Contact.R3, Verdict.OPEN)]


def judge(taken: ImpedanceSweep | None, electrodes: Electrodes = L1_L2, now_ms: int = NOW_MS) -> Fresh | NotUsable:
    return usable(taken, electrodes, serial="RN1-0042", link_session=7, now_ms=now_ms)


def of_pairs(*values: tuple[str, str, int | None]) -> ImpedanceSweep:
    return sweep(readings=tuple(ImpedanceReading(Contact(a), Contact(b), ohm) for a, b, ohm in values))


def test_a_fresh_sweep_gives_the_worst_pair() -> None:
    taken = of_pairs(("L2", "L1", 900), ("L0", "L2", 1700), ("L1", "L2", 300), ("R1", "R2", None))
    assert judge(taken, Electrodes.parse("-L1-L0+L2")) == Fresh(1700, Verdict.HIGH)
    assert judge(taken) == Fresh(900, Verdict.LOW)


@pytest.mark.parametrize(
    ("taken", "kind", "words"),
    [
        (None, NotUsableKind.MISSING, "Measure the impedance of these electrodes first"),
        (sweep(serial="OTHER"), NotUsableKind.OTHER_DEVICE, "another device"),
        (sweep(link_session=6), NotUsableKind.OTHER_SESSION, "Measure it again"),
        (sweep(taken_at_ms=NOW_MS + 1), NotUsableKind.STALE, "ahead of the clock"),
        (of_pairs(("L1", "L3", 800)), NotUsableKind.NOT_MEASURED, "-L1+L2"),
        (of_pairs(("L1", "case", 800), ("L2", "case", 800)), NotUsableKind.NOT_MEASURED, "Measure it now"),
        (sweep(None), NotUsableKind.BLOCKED, "L1 to L2 could not be measured"),
        (sweep(9000), NotUsableKind.BLOCKED, "L1 to L2 is open"),
        (sweep(20), NotUsableKind.BLOCKED, "L1 to L2 is short-circuited"),
    ],
)
def test_why_a_sweep_cannot_be_relied_on(taken: ImpedanceSweep | None, kind: NotUsableKind, words: str) -> None:
    found = judge(taken)
    assert isinstance(found, NotUsable)
    assert found.kind is kind
    assert words in found.reason


def test_ten_minutes_and_no_longer() -> None:
    taken = sweep(taken_at_ms=0)
    assert isinstance(judge(taken, now_ms=FRESH_FOR_MS), Fresh)
    late = judge(taken, now_ms=FRESH_FOR_MS + 1)
    assert isinstance(late, NotUsable)
    assert late.kind is NotUsableKind.STALE
    assert "10 minutes" in late.reason


def test_every_cathode_anode_pair_is_needed() -> None:
    both = Electrodes.parse("-L0-L1+L2")
    found = judge(of_pairs(("L0", "L2", 800)), both)
    assert isinstance(found, NotUsable)
    assert isinstance(judge(of_pairs(("L0", "L2", 800), ("L1", "L2", 800)), both), Fresh)


def test_no_pair_no_current() -> None:
    assert isinstance(judge(sweep(), Electrodes(frozenset({Contact.L1}), frozenset())), NotUsable)


def test_a_broken_contact_blocks_a_pair_that_looks_fine() -> None:
    found = judge(of_pairs(("L1", "L2", 800), ("L2", "case", 6000), ("L3", "case", None), ("L1", "case", 800)))
    assert isinstance(found, NotUsable)
    assert "L2 to case is open" in found.reason
    assert "L3" not in found.reason


def test_a_fault_against_the_case_is_told_once() -> None:
    found = judge(of_pairs(("L1", "case", 6000)), Electrodes.parse("-L1+case"))
    assert isinstance(found, NotUsable)
    assert found.reason.count("open") == 1


def test_all_faults_are_told() -> None:
    taken = of_pairs(("L0", "L2", 6000), ("L1", "L2", 10))
    found = judge(taken, Electrodes.parse("-L0-L1+L2"))
    assert isinstance(found, NotUsable)
    assert "L0 to L2 is open, L1 to L2 is short-circuited" in found.reason
    assert isinstance(judge(replace(taken, readings=taken.readings[:1]), Electrodes.parse("-L0+L2")), NotUsable)


def lead(case_ohm: tuple[int | None, ...], pair_ohm: int | None, side: str = "L") -> tuple[ImpedanceReading, ...]:
    """A lead: each contact against the case, and one value for every pair."""
    names = [Contact(f"{side}{number}") for number in range(len(case_ohm))]
    to_case = [ImpedanceReading(name, Contact.CASE, ohm) for name, ohm in zip(names, case_ohm, strict=True)]
    return (*to_case, *(ImpedanceReading(a, b, pair_ohm) for a, b in combinations(names, 2)))


LEFT = frozenset((Contact.L0, Contact.L1, Contact.L2, Contact.L3))


@pytest.mark.parametrize(
    ("case_ohm", "pair_ohm", "expected"),
    [
        ((220, 220, 220, 220), 130, LEFT),
        ((800, 810, 790, 800), 800, LEFT),  # alike at any height: the textbook picture
        ((800, 800, 800, 800), 880, LEFT),  # 110 % of the contacts
        ((800, 800, 800, 800), 881, frozenset()),
        ((800, 800, 800, 800), 1500, frozenset()),  # contacts that happen to be alike add up
        ((760, 800, 800, 840), 700, LEFT),  # 10 % of the median
        ((760, 800, 800, 841), 700, LEFT - {Contact.L3}),  # three are enough
        ((700, 800, 900, 1000), 300, frozenset()),
        ((220, None, 220, 220), 130, LEFT - {Contact.L1}),
        ((220, 5000, 220, 220), 130, LEFT - {Contact.L1}),
        ((220, 220, None, None), 130, frozenset()),  # two: a short, or chance
        ((220, 220), 130, frozenset()),
        ((220, 220, 220), 130, LEFT - {Contact.L3}),
        ((220, 220, 220, 220), 20, LEFT),  # next to nothing
        ((220, 220, 220, 220), None, frozenset()),
        ((220, 220, 220, 220), 5000, frozenset()),
    ],
)
def test_equalised(case_ohm: tuple[int | None, ...], pair_ohm: int | None, expected: frozenset[Contact]) -> None:
    assert equalised(lead(case_ohm, pair_ohm)) == expected


def test_both_leads_are_judged_by_themselves() -> None:
    assert equalised((*lead((500, 600, 700, 800), 1200), *lead((230,) * 4, 130, "R"))) == {Contact(f"R{number}") for number in range(4)}


def test_without_the_pairs_nothing_is_called_equalised() -> None:
    assert equalised(lead((220,) * 4, 130)[:4]) == frozenset()


def test_under_range_without_a_number_is_next_to_nothing() -> None:
    pairs = tuple(replace(each, impedance_ohm=None, under_range=True) for each in lead((220,) * 4, 130)[4:])
    assert equalised((*lead((220,) * 4, 130)[:4], *pairs)) == LEFT


def test_what_blocks_alone_blocks_in_company_too() -> None:
    wet = lead((220,) * 4, 20)
    assert judged(wet) == (Verdict.EQUALISED,) * 4 + (Verdict.SHORT,) * 6
    assert judged(lead((220,) * 4, 130)) == (Verdict.EQUALISED,) * 10


def test_a_contact_beside_three_alike_keeps_its_own_verdict() -> None:
    found = dict(zip([each.name for each in lead((220, 220, 220, 600), 130)], judged(lead((220, 220, 220, 600), 130)), strict=True))
    assert found["L3 to case"] is Verdict.NORMAL
    assert found["L0 to L1"] is Verdict.EQUALISED
    assert found["L0 to L3"] is Verdict.LOW


def test_a_drifted_reading_is_called_so_unless_a_fault_says_more() -> None:
    readings = (reading(800), replace(reading(5000), second=Contact.L3), replace(reading(900), second=Contact.L0))
    drifted = {readings[0].pair, readings[1].pair}
    assert judged(readings, drifted) == (Verdict.DRIFTED, Verdict.OPEN, Verdict.NORMAL)


def test_both_contacts_of_a_short_read_low_and_neither_is_called_drifted() -> None:
    """R1 to case fell by more than its band and R2 to case by less: the short explains both."""
    values = (("R0", "case", 542), ("R1", "case", 304), ("R2", "case", 304), ("R0", "R1", 755), ("R0", "R2", 755), ("R1", "R2", 5))
    readings = [ImpedanceReading(Contact(first), Contact(second), ohm) for first, second, ohm in values]
    found = judged(readings, {frozenset((Contact.R0, Contact.CASE)), frozenset((Contact.R1, Contact.CASE)), readings[3].pair})
    assert found == (Verdict.DRIFTED, Verdict.LOW, Verdict.LOW, Verdict.NORMAL, Verdict.NORMAL, Verdict.SHORT)


@given(st.lists(st.tuples(st.sampled_from(list(combinations(Contact, 2))), st.none() | st.integers(-5, 6000)), max_size=30))
def test_company_never_makes_a_verdict_milder(values: list[tuple[tuple[Contact, Contact], int | None]]) -> None:
    readings = [ImpedanceReading(a, b, ohm) for (a, b), ohm in values]
    order = list(Verdict)
    for alone, together in zip(map(verdict, readings), judged(readings, {each.pair for each in readings[::2]}), strict=True):
        assert order.index(together) >= order.index(alone)
        assert blocking(together) == blocking(alone)

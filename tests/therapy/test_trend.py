"""Now against the past: what a baseline is, and when a change counts as one."""

from dataclasses import replace
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnprog.therapy.contacts import Contact, Electrodes, Side
from rnprog.therapy.impedance import ImpedanceReading
from rnprog.therapy.trend import Baseline, OnceOpen, PastSweep, PastTitration, baselines, once_open, threshold_trends, trends

L0, L1, L2, L3, CASE = Contact.L0, Contact.L1, Contact.L2, Contact.L3, Contact.CASE
PAIR = frozenset((L0, CASE))


def case(ohm: int | None, contact: Contact = L0) -> ImpedanceReading:
    return ImpedanceReading(contact, CASE, ohm)


def past(*values: tuple[int, int | None]) -> tuple[PastSweep, ...]:
    """Sweeps of L0 against the case: age in days, value."""
    return tuple(PastSweep((case(ohm),), age) for age, ohm in values)


def test_a_contact_that_was_open_within_half_a_year() -> None:
    assert once_open(()) == () == once_open(past((3, 500), (184, 9000)))
    assert once_open(past((3, 500), (183, 9000))) == (OnceOpen(L0, 183),)
    assert once_open(past((0, 9000), (40, 9000))) == (OnceOpen(L0, 0),), "the newest counts, today's too"
    no_number = ImpedanceReading(L1, CASE, None, over_range=True)
    assert once_open([PastSweep((no_number, case(None)), 5)]) == (OnceOpen(L1, 5),), "no number is not open"


def test_pairs_that_were_open_name_the_contact_they_share() -> None:
    def pairs(*opened: tuple[Contact, Contact], to_case: int = 500) -> tuple[OnceOpen, ...]:
        readings = (*(ImpedanceReading(first, second, 9000) for first, second in opened), case(to_case))
        return once_open([PastSweep(readings, 5)])

    assert pairs((L0, L1), (L0, L2)) == (OnceOpen(L0, 5),)
    assert pairs((L0, L1)) == (), "one of the two, and nobody knows which"
    assert pairs((L0, L1), (L0, L2), to_case=9000) == (OnceOpen(L0, 5),), "the pairs follow from the contact"


def test_no_past_no_baseline() -> None:
    assert baselines(()) == {}
    assert trends([case(500)], {}) == {}


def test_the_baseline_is_the_median_over_visits() -> None:
    assert baselines(past((10, 500), (20, 520), (30, 2000)))[PAIR] == Baseline(520, 3, 10, 30, settled=False)
    assert baselines(past((10, 500), (20, 520)))[PAIR].impedance_ohm == 510


def test_many_sweeps_of_one_visit_count_once() -> None:
    assert baselines(past((10, 900), (10, 900), (10, 902), (20, 500), (30, 500)))[PAIR] == Baseline(500, 3, 10, 30, settled=False)


def test_sweeps_of_today_count_only_when_there_are_no_others() -> None:
    assert baselines(past((0, 900), (20, 500)))[PAIR] == Baseline(500, 1, 20, 20, settled=False)
    assert baselines(past((0, 900), (0, 800)))[PAIR] == Baseline(850, 1, 0, 0, settled=False)


@pytest.mark.parametrize("ohm", [None, 50, 5000, -1])
def test_a_fault_is_no_baseline(ohm: int | None) -> None:
    assert baselines(past((10, ohm))) == {}
    assert baselines(past((10, ohm), (20, 500)))[PAIR].visits == 1


def test_readings_over_a_faulty_contact_are_no_baseline() -> None:
    broken = PastSweep((case(6000), case(500, L1), ImpedanceReading(L0, L1, 900), ImpedanceReading(L1, L2, 900)), 10)
    assert set(baselines([broken])) == {frozenset((L1, CASE)), frozenset((L1, L2))}
    short = PastSweep((case(300), case(300, L1), case(500, L2), ImpedanceReading(L0, L1, 5), ImpedanceReading(L1, L2, 800)), 10)
    assert set(baselines([short])) == {frozenset((L2, CASE))}


def test_an_equalised_lead_is_no_baseline() -> None:
    contacts = (L0, L1, L2)
    pairs = ((L0, L1), (L0, L2), (L1, L2))
    wet = PastSweep((*(case(220, each) for each in contacts), *(ImpedanceReading(a, b, 130) for a, b in pairs)), 10)
    assert baselines([wet]) == {}


def test_a_short_against_the_case_spares_the_other_contacts() -> None:
    assert set(baselines([PastSweep((case(20), case(500, L1)), 10)])) == {frozenset((L1, CASE))}


def test_settled_visits_push_the_early_ones_aside() -> None:
    found = baselines(past((400, 400), (300, 450), (217, 600), (20, 620)))[PAIR]
    assert found == Baseline(610, 2, 20, 217, settled=True)  # 400 - 217 = 183 days after the first record
    assert found.band_percent == 30
    early = baselines(past((400, 400), (218, 600)))[PAIR]
    assert early == Baseline(500, 2, 218, 400, settled=False)
    assert early.band_percent == 50


@pytest.mark.parametrize(
    ("settled", "now", "percent", "drifted"),
    [
        (True, 650, 30, False),
        (True, 651, 30, True),
        (True, 350, -30, False),
        (True, 349, -30, True),
        (False, 750, 50, False),
        (False, 751, 50, True),
        (False, 500, 0, False),
    ],
)
def test_drift_is_more_than_the_band(settled: bool, now: int, percent: int, drifted: bool) -> None:
    (found,) = trends([case(now)], {PAIR: Baseline(500, 1, 1, 1, settled)}).values()
    assert (found.change_percent, found.drifted) == (percent, drifted)


@pytest.mark.parametrize("now", [None, 20, 5000])
def test_a_fault_has_a_past_but_no_change(now: int | None) -> None:
    (found,) = trends([case(now)], {PAIR: Baseline(500, 1, 1, 1, True)}).values()
    assert (found.change_percent, found.drifted) == (None, False)


@given(st.lists(st.tuples(st.integers(0, 3000), st.integers(100, 4000)), min_size=1, max_size=20))
def test_a_baseline_lies_among_its_values(values: list[tuple[int, int]]) -> None:
    found = baselines(past(*values))[PAIR]
    ohms = [ohm for _, ohm in values]
    assert min(ohms) <= found.impedance_ohm <= max(ohms)
    assert found.newest_days <= found.oldest_days <= max(age for age, _ in values)
    assert 1 <= found.visits <= len({age for age, _ in values})


def titrated(
    age: int, motor_ma: str | None, *, side: Side = Side.LEFT, electrodes: str = "-L1+L2", how: str = "palpation", highest_ma: str = "2.4"
) -> PastTitration:
    return PastTitration(
        side, Electrodes.parse(electrodes), ("214", "20", how), None if motor_ma is None else D(motor_ma), D(highest_ma), False, age
    )


def test_no_threshold_to_compare_with() -> None:
    assert threshold_trends(()) == {}
    assert threshold_trends([titrated(3, "2.4")]) == {}
    assert threshold_trends([titrated(3, "2.4"), titrated(30, None)]) == {}


def test_only_the_same_electrodes_conditions_and_side_are_compared() -> None:
    others = [
        titrated(30, "1.0", electrodes="-L2+L3"),
        titrated(40, "1.0", how="EMG"),
        titrated(50, "1.0", side=Side.RIGHT, electrodes="-R1+R2"),
    ]
    assert threshold_trends([titrated(3, "2.4"), *others]) == {}
    (found,) = threshold_trends([*others, titrated(300, "2.2"), titrated(3, "2.4"), titrated(60, "2.4")]).values()
    assert (found.newest.age_days, found.before_ma, found.visits, found.jumped) == (3, D("2.3"), 2, False)
    assert [each.age_days for each in found.earlier] == [60, 300], "newest first"


def test_both_sides() -> None:
    right = [titrated(age, "1.0", side=Side.RIGHT, electrodes="-R1+R2") for age in (1, 2)]
    assert list(threshold_trends([*right, titrated(1, "2"), titrated(2, "2")])) == [Side.LEFT, Side.RIGHT]


@pytest.mark.parametrize(
    ("before", "now", "jumped"),
    [
        ("2.0", "3.0", True),
        ("2.0", "2.9", False),
        ("3.0", "2.0", True),
        ("3.0", "2.1", False),
        ("0.4", "0.6", False),  # by half, but less than 0.3 mA
        ("0.4", "0.7", True),
    ],
)
def test_a_threshold_jumps_by_half(before: str, now: str, jumped: bool) -> None:
    (found,) = threshold_trends([titrated(1, now), titrated(9, before)]).values()
    assert found.jumped is jumped


def test_a_contraction_that_is_lost() -> None:
    def lost(highest_ma: str, discomfort: bool = False) -> bool:
        newest = PastTitration(Side.LEFT, Electrodes.parse("-L1+L2"), ("214", "20", "palpation"), None, D(highest_ma), discomfort, 1)
        (found,) = threshold_trends([newest, titrated(9, "2.0")]).values()
        return found.jumped

    assert lost("3.0")
    assert not lost("2.9")  # it was not looked for far enough
    assert lost("2.2", discomfort=True)  # something else is reached first now
    assert not lost("2.1", discomfort=True)


def test_titrations_of_the_same_day_count_once_and_only_without_others() -> None:
    same = [titrated(0, "3.0"), titrated(0, "2.0"), titrated(0, "1.0")]
    (found,) = threshold_trends(same).values()
    assert (found.newest.motor_ma, found.before_ma, found.visits) == (D("3.0"), D("1.5"), 1)
    (found,) = threshold_trends([*same, titrated(8, "3.0")]).values()
    assert (found.before_ma, found.visits) == (D("3.0"), 1)


def test_thresholds_of_two_definitions_are_not_compared_but_one_that_was_not_reached_is() -> None:
    clear, half = (replace(titrated(30, "2.4"), definition=each) for each in ("clear", "half of the bursts"))
    found = replace(titrated(1, "2.2"), definition="half of the bursts")
    assert threshold_trends([found, clear]) == {}
    assert threshold_trends([found, half, clear])[Side.LEFT].earlier == (half,)
    assert threshold_trends([replace(found, motor_ma=None), clear])[Side.LEFT].before_ma == D("2.4")

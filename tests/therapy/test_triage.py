"""Triage: which fault the readings point to. Each test is a picture that a clinician may see."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal as D
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnprog.therapy.contacts import CONTACTS_OF, Contact, Electrodes, Side, lead_of
from rnprog.therapy.impedance import ImpedanceReading, Pair, Verdict, judged
from rnprog.therapy.trend import Baseline, OnceOpen, PastTitration, ThresholdTrend, Trend, trends
from rnprog.therapy.triage import SOURCES, Advice, Finding, triage, triage_of_titration

Changes = Mapping[str, int | None]
CASE = Contact.CASE


def lead(side: Side = Side.LEFT, **changes: int | None) -> list[ImpedanceReading]:
    """A sound lead: 600 to 660 ohm against the case, twice that between contacts. Changes by name: `L1_case`, `L1_L2`, or `L1` for all of a
    contact's readings."""
    contacts = CONTACTS_OF[side]
    readings = []
    for first, second in [*((contact, CASE) for contact in contacts), *combinations(contacts, 2)]:
        ohm: int | None = 600 + 40 * contacts.index(first) if second is CASE else 1200
        for name, value in changes.items():
            if set(name.split("_")) <= {first, second}:
                ohm = value
        readings.append(ImpedanceReading(first, second, ohm))
    return readings


def known(readings: list[ImpedanceReading], usual: int | None = None, **changes: int) -> dict[Pair, Trend]:
    """The past of these readings: as they are now, or `usual`, or as changed by name."""
    past = {}
    for reading in readings:
        ohm = changes.get("_".join((reading.first, reading.second)), usual or reading.impedance_ohm or 700)
        past[reading.pair] = Baseline(ohm, 3, 40, 400, settled=True)
    return trends(readings, past)


def told(
    readings: list[ImpedanceReading], past: Mapping[Pair, Trend] | None = None, thresholds: Mapping[Side, ThresholdTrend] | None = None
) -> list[tuple[Finding, list[str]]]:
    found = triage(readings, past or {}, thresholds or {})
    return [(advice.finding, [str(contact) for contact in advice.contacts]) for advice in found]


def threshold(*, jumped: bool = True, electrodes: str = "-L1+L2", side: Side = Side.LEFT) -> dict[Side, ThresholdTrend]:
    newest = PastTitration(side, Electrodes.parse(electrodes), ("214", "20", "palpation"), D("4.8"), D("4.8"), False, 0)
    return {side: ThresholdTrend(newest, D("2.4"), 2, jumped)}


def test_a_sound_lead() -> None:
    readings = lead()
    assert triage(readings, known(readings), threshold(jumped=False)) == (Advice(Finding.NOTHING, None),)
    assert told([*lead(), *lead(Side.RIGHT)]) == [(Finding.NOTHING, [])]


def test_one_contact_open() -> None:
    readings = lead(L1=9000)
    (advice,) = triage(readings, known(readings), {})
    assert (advice.finding, advice.side, advice.contacts) == (Finding.CONTACT_OPEN, Side.LEFT, (Contact.L1,))
    assert [reading.name for reading in advice.readings] == ["L1 to case"]
    assert [trend.baseline.impedance_ohm for trend in advice.trends] == [9000]


def test_two_contacts_open() -> None:
    assert told(lead(L1=9000, L3=9000)) == [(Finding.CONTACT_OPEN, ["L1", "L3"])]


def test_every_contact_of_a_lead_open() -> None:
    broken = lead(L0=9000, L1=9000, L2=9000, L3=9000)
    assert told([*broken, *lead(Side.RIGHT)]) == [(Finding.LEAD_OPEN, ["L0", "L1", "L2", "L3"])]
    mixed = lead(L0=9000, L1=9000, L2=9000, L3=9000, L3_case=2000)
    assert told(mixed) == [(Finding.LEAD_OPEN, ["L0", "L1", "L2", "L3"])]


def test_every_contact_of_a_lead_high() -> None:
    assert told(lead(L0=2000, L1=2000, L2=2000, L3=2000)) == [(Finding.LEAD_HIGH, ["L0", "L1", "L2", "L3"])]


@pytest.mark.parametrize("ohm", [2000, 9000])
def test_every_contact_high_against_the_case_only(ohm: int) -> None:
    readings = lead(L0_case=ohm, L1_case=ohm, L2_case=ohm, L3_case=ohm)
    assert told(readings) == [(Finding.CASE, ["L0", "L1", "L2", "L3"])]


def test_a_single_contact_is_no_whole_lead() -> None:
    assert told([ImpedanceReading(Contact.L0, CASE, 9000)]) == [(Finding.CONTACT_OPEN, ["L0"])]


def test_a_contact_open_in_one_reading_and_not_in_another() -> None:
    (advice,) = triage(lead(L1_case=9000, L0_L1=9000), {}, {})
    assert (advice.finding, advice.contacts) == (Finding.LOOSE, (Contact.L1,))
    assert [reading.name for reading in advice.readings] == ["L1 to case", "L0 to L1", "L1 to L2", "L1 to L3"]


def test_pairs_open_between_contacts_that_are_not() -> None:
    assert told(lead(L0_L1=9000)) == [(Finding.LOOSE, [])]
    assert told(lead(L0_L1=9000, L1_L2=9000)) == [(Finding.LOOSE, ["L1"])]


def test_one_broken_for_good_and_one_loose() -> None:
    assert told(lead(L0=9000, L2_case=9000)) == [(Finding.CONTACT_OPEN, ["L0"]), (Finding.LOOSE, ["L2"])]


def once(*contacts: Contact, age_days: int = 12) -> tuple[OnceOpen, ...]:
    return tuple(OnceOpen(contact, age_days) for contact in contacts)


def test_a_contact_that_was_open_before_and_passes_now() -> None:
    (found,) = triage(lead(), {}, {}, once=once(Contact.L1, Contact.R0))
    assert (found.finding, found.contacts, found.once) == (Finding.ONCE_OPEN, (Contact.L1,), once(Contact.L1))
    assert [reading.name for reading in found.readings] == ["L1 to case"]


def test_open_before_and_open_now_is_told_as_open() -> None:
    found = triage(lead(L1=None), {}, {}, once=once(Contact.L1))
    assert [advice.finding for advice in found] == [Finding.UNKNOWN], "no number now says more"
    opened = [replace(reading, over_range=True) if Contact.L1 in reading.pair else reading for reading in lead(L1=None)]
    assert [advice.finding for advice in triage(opened, {}, {}, once=once(Contact.L1, Contact.L2))] == [
        Finding.CONTACT_OPEN,
        Finding.ONCE_OPEN,
    ]


def test_a_contact_that_was_not_measured_now_is_not_told() -> None:
    assert triage(lead(Side.RIGHT), {}, {}, once=once(Contact.L1))[0].finding is Finding.NOTHING


def test_after_a_titration_on_a_contact_that_was_open_before() -> None:
    newest = PastTitration(Side.LEFT, Electrodes.parse("-L1+L2"), ("214", "20", "palpation"), D("2.4"), D("2.4"), False, 0)
    (found,) = triage_of_titration(newest, lead(), {}, None, searched=True, once=once(Contact.L1))
    assert found.finding is Finding.ONCE_OPEN
    assert triage_of_titration(newest, lead(), {}, None, searched=True, once=once(Contact.L0)) == ()


def test_no_number() -> None:
    assert told(lead(L1_case=None)) == [(Finding.UNKNOWN, ["L1"])]
    assert told(lead(L1_L2=None)) == [(Finding.UNKNOWN, [])]


def test_fluid_in_the_connector() -> None:
    wet = lead(L0=130, L1=130, L2=130, L3=130, L0_case=220, L1_case=222, L2_case=224, L3_case=226)
    (advice,) = triage([*wet, *lead(Side.RIGHT)], known(wet, usual=700), {})
    assert (advice.finding, advice.contacts) == (Finding.EQUALISED, CONTACTS_OF[Side.LEFT])
    assert len(advice.readings) == 10


def test_fluid_that_shorts_the_pairs_is_told_as_fluid() -> None:
    wet = lead(L0=20, L1=20, L2=20, L3=20, L0_case=220, L1_case=222, L2_case=224, L3_case=226)
    assert told(wet) == [(Finding.EQUALISED, ["L0", "L1", "L2", "L3"])]


def test_a_short_explains_its_neighbours() -> None:
    readings = lead(Side.RIGHT, R1_R2=5, R1_case=305, R2_case=305, R1_R3=740)
    past = known(readings, R1_case=680, R2_case=680, R1_R3=1200)
    assert told(readings, past) == [(Finding.SHORT, ["R1", "R2"])]


def test_a_short_to_the_case() -> None:
    assert told(lead(L0_case=20)) == [(Finding.SHORT, ["L0"])]


def test_drift_up_and_down() -> None:
    readings = lead()
    past = known(readings, L0_case=300, L3_case=1400, L0_L1=400)
    found = triage(readings, past, {})
    assert [(advice.finding, advice.contacts) for advice in found] == [
        (Finding.ROSE, (Contact.L0,)),
        (Finding.FELL, (Contact.L3,)),
    ]
    assert [trend.change_percent for advice in found for trend in advice.trends] == [100, -49]


def test_a_pair_that_drifted_by_itself() -> None:
    readings = lead()
    (advice,) = triage(readings, known(readings, L0_L1=400), {})
    assert (advice.finding, advice.contacts, advice.readings[0].name) == (Finding.ROSE, (), "L0 to L1")


def test_outside_the_band_as_ever() -> None:
    readings = lead(L1_case=1600, L2_case=300)
    assert told(readings, known(readings)) == [(Finding.CONTACT_HIGH, ["L1"]), (Finding.CONTACT_LOW, ["L2"])]
    assert told(lead(L1_L2=1600)) == [(Finding.CONTACT_HIGH, [])]


def test_low_and_drifted_is_told_as_drift() -> None:
    readings = lead(L2_case=300)
    assert told(readings, known(readings, L2_case=700)) == [(Finding.FELL, ["L2"])]


def test_a_threshold_that_jumped_with_impedances_in_order() -> None:
    (advice,) = triage(lead(), {}, threshold())
    assert (advice.finding, advice.side, advice.contacts) == (Finding.THRESHOLD_JUMPED, Side.LEFT, (Contact.L1, Contact.L2))
    assert advice.threshold == threshold()[Side.LEFT]


def test_a_threshold_that_jumped_over_a_faulty_contact() -> None:
    assert told(lead(L1=9000), thresholds=threshold()) == [(Finding.CONTACT_OPEN, ["L1"]), (Finding.THRESHOLD_AND_FAULT, ["L1", "L2"])]


def test_a_fault_elsewhere_does_not_explain_a_threshold() -> None:
    found = told(lead(L0=9000), thresholds=threshold(electrodes="-L1+case"))
    assert found == [(Finding.CONTACT_OPEN, ["L0"]), (Finding.THRESHOLD_JUMPED, ["L1"])]


def test_a_lead_that_was_not_measured_is_not_judged() -> None:
    assert told(lead(), thresholds=threshold(side=Side.RIGHT, electrodes="-R1+R2")) == [(Finding.NOTHING, [])]
    assert told([]) == [(Finding.NOTHING, [])]


def test_the_gravest_is_told_first() -> None:
    readings = [*lead(L1_case=1600), *lead(Side.RIGHT, R0=9000, R1_R2=5)]
    assert [finding for finding, _ in told(readings)] == [Finding.SHORT, Finding.CONTACT_OPEN, Finding.CONTACT_HIGH]


def test_every_finding_has_its_sources() -> None:
    assert set(SOURCES) == set(Finding)
    assert all(SOURCES.values())
    assert Advice(Finding.NOTHING, None).sources == SOURCES[Finding.NOTHING]


_OHMS = st.sampled_from([None, 5, 130, 220, 230, 600, 640, 1200, 1600, 2500, 9000])


@given(st.lists(_OHMS, min_size=20, max_size=20), st.integers(100, 4000))
def test_whatever_is_not_normal_is_told(ohms: list[int | None], usual: int) -> None:
    pairs = [(each.first, each.second) for each in (*lead(), *lead(Side.RIGHT))]
    readings = [ImpedanceReading(first, second, ohm) for (first, second), ohm in zip(pairs, ohms, strict=True)]
    past = known(readings, usual)
    found = triage(readings, past, {})
    verdicts = judged(readings, {pair for pair, trend in past.items() if trend.drifted})
    sides = {lead_of(reading.first) for reading, verdict in zip(readings, verdicts, strict=True) if verdict is not Verdict.NORMAL}
    assert {advice.side for advice in found} == (sides or {None})


def after(
    readings: list[ImpedanceReading],
    motor_ma: str | None = None,
    *,
    elsewhere_ma: str | None = None,
    jumped: bool | None = None,
    searched: bool = True,
) -> list[Finding]:
    """What is found after a titration of L1 against L2. `jumped` None: there is nothing earlier."""
    motor, elsewhere = (None if each is None else D(each) for each in (motor_ma, elsewhere_ma))
    newest = PastTitration(Side.LEFT, Electrodes.parse("-L1+L2"), ("214", "20", "palpation"), motor, D("4.8"), False, 0, elsewhere)
    trend = None if jumped is None else ThresholdTrend(newest, D("2.4"), 1, jumped)
    found = triage_of_titration(newest, readings, {}, trend, searched=searched)
    for advice in found:
        assert (advice.side, advice.titration in (None, newest)) == (Side.LEFT, True)
    return [advice.finding for advice in found]


def test_after_a_titration_with_nothing_odd() -> None:
    assert after(lead(), "2.4") == []
    assert after(lead(), "2.4", jumped=False) == []
    assert after(lead(), None, searched=False) == [], "stopped: it says nothing"


def test_after_a_titration_the_wrong_place_says_more_than_a_jump_and_a_jump_more_than_a_search_in_vain() -> None:
    assert after(lead(), elsewhere_ma="2.0", jumped=True) == [Finding.WRONG_PLACE]
    assert after(lead(), "2.4", elsewhere_ma="2.0", searched=False) == [Finding.WRONG_PLACE]
    assert after(lead(), jumped=True) == [Finding.THRESHOLD_JUMPED]
    assert after(lead(), "4.8", jumped=True) == [Finding.THRESHOLD_JUMPED]
    assert after(lead()) == after(lead(), jumped=False) == [Finding.NOT_REACHED]


def test_after_a_titration_a_fault_of_its_contacts_comes_first() -> None:
    wet = [replace(reading, impedance_ohm=220 if CASE in reading.pair else 130) for reading in lead()]
    assert after(wet, "2.4") == [Finding.EQUALISED]
    assert after(wet, "4.8", jumped=True) == [Finding.EQUALISED, Finding.THRESHOLD_AND_FAULT]
    assert after(wet) == after(wet, elsewhere_ma="2.0") == [Finding.EQUALISED, Finding.TITRATION_AND_FAULT]


def test_after_a_titration_a_fault_of_other_contacts_is_not_told() -> None:
    assert after(lead(L3_case=9000), "2.4") == []
    assert after(lead(L3_case=9000)) == [Finding.NOT_REACHED]


def test_the_newest_titration_speaks_although_nothing_earlier_can_be_compared() -> None:
    newest = PastTitration(Side.LEFT, Electrodes.parse("-L1+L2"), ("214", "20", "palpation"), None, D("4.8"), False, 3)

    def found(titration: PastTitration) -> list[Finding]:
        return [advice.finding for advice in triage(lead(), {}, {}, {Side.LEFT: titration})]

    assert found(newest) == [Finding.NOT_REACHED]
    assert found(replace(newest, elsewhere_ma=D("2.0"))) == [Finding.WRONG_PLACE]
    assert found(replace(newest, motor_ma=D("2.4"))) == [Finding.NOTHING]

"""Every finding in words: what was found, what is likely, what to do now, and that a clinician has to sign it off."""

from decimal import Decimal as D

import pytest

from rnprog.session.wording import impedance, trend
from rnprog.therapy.contacts import CONTACTS_OF, Contact, Electrodes, Side
from rnprog.therapy.impedance import ImpedanceReading
from rnprog.therapy.trend import Baseline, OnceOpen, PastTitration, ThresholdTrend, Trend
from rnprog.therapy.triage import Advice, Finding

L1, L2, CASE = Contact.L1, Contact.L2, Contact.CASE
INSTEAD = Electrodes.parse("-L2+L3")
TITRATION = PastTitration(Side.LEFT, Electrodes.parse("-L1+L2"), ("214", "20", "palpation"), D("4.8"), D("4.8"), False, 0)
OF_THRESHOLD = (Finding.THRESHOLD_JUMPED, Finding.THRESHOLD_AND_FAULT)
OF_TITRATION = (Finding.WRONG_PLACE, Finding.TITRATION_AND_FAULT, Finding.NOT_REACHED)


def baseline(ohm: int = 481, visits: int = 3, newest: int = 40, oldest: int = 400, settled: bool = True) -> Baseline:
    return Baseline(ohm, visits, newest, oldest, settled)


def advice(finding: Finding, *, contacts: tuple[Contact, ...] = (L1,), past: Baseline | None = None) -> Advice:
    if finding is Finding.NOTHING:
        return Advice(finding, None)
    if finding in OF_THRESHOLD:
        return Advice(finding, Side.LEFT, contacts, threshold=ThresholdTrend(TITRATION, D("2.4"), 2, True))
    if finding in OF_TITRATION:
        return Advice(finding, Side.LEFT, contacts, titration=TITRATION)
    reading = ImpedanceReading(L1, CASE, None, over_range=True)
    trends = () if past is None else (Trend(reading, past, None, False),)
    return Advice(finding, Side.LEFT, contacts, (reading,), trends)


@pytest.mark.parametrize("finding", Finding)
@pytest.mark.parametrize("contacts", [(), (L1,), (L1, L2), CONTACTS_OF[Side.LEFT]], ids=len)
@pytest.mark.parametrize("known", [True, False])
def test_every_finding_is_said_in_whole_sentences(finding: Finding, contacts: tuple[Contact, ...], known: bool) -> None:
    told = impedance.told(advice(finding, contacts=contacts), INSTEAD, thresholds_known=known)
    for part in (told.title, told.found, told.likely, told.now, told.source):
        assert part.strip() == part
        assert part is told.source or not part[0].islower()
        assert part.endswith(".") or part.rsplit("=", 1)[-1] in ("-L2+L3", "-L1+L2"), part
        assert "  " not in part and "None" not in part and "Finding" not in part
    assert "needs clinician sign-off" in told.source and "Unverified" in told.source
    assert len(told.now) < 400


@pytest.mark.parametrize(
    ("finding", "words"),
    [
        (Finding.LEAD_OPEN, ("X-ray", "Do not stimulate on the left side")),
        (Finding.LEAD_HIGH, ("X-ray",)),
        (Finding.CASE, ("pocket",)),
        (Finding.EQUALISED, ("dried", "Do not raise the amplitude")),
        (Finding.SHORT, ("Leave L1 out", "-L2+L3")),
        (Finding.CONTACT_OPEN, ("Leave L1 out", "rnprog titrate --side left --electrodes=-L2+L3")),
        (Finding.LOOSE, ("Measure three times",)),
        (Finding.ROSE, ("X-ray",)),
        (Finding.FELL, ("from 0 mA",)),
        (Finding.CONTACT_HIGH, ("compliance",)),
        (Finding.THRESHOLD_JUMPED, ("X-ray", "--electrodes=-L1+L2", "Do not simply raise")),
        (Finding.THRESHOLD_AND_FAULT, ("fault first", "X-ray")),
        (Finding.ONCE_OPEN, ("Leave L1 out", "Measure three times", "rnprog titrate --side left --electrodes=-L2+L3")),
        (Finding.NOTHING, ("delivered minutes", "rnprog log therapy")),
    ],
)
def test_the_next_step_can_be_acted_on(finding: Finding, words: tuple[str, ...]) -> None:
    told = impedance.told(advice(finding), INSTEAD, thresholds_known=True)
    for word in words:
        assert word in told.now


def test_open_before_says_when_and_what_is_read_now() -> None:
    readings = (ImpedanceReading(L1, CASE, 481), ImpedanceReading(L2, CASE, 500))
    once = (OnceOpen(L1, 12), OnceOpen(L2, 0))
    said = impedance.told(Advice(Finding.ONCE_OPEN, Side.LEFT, (L1, L2), readings, once=once), INSTEAD, thresholds_known=True)
    assert said.title == "L1 and L2: were OPEN at an earlier measurement, and pass now."
    assert said.found == (
        "By the records of this device L1 was open 12 days ago, L2 was open earlier today. Now: L1 to case 481, L2 to case 500 ohm."
    )
    assert "A good reading does not mend them." in said.likely and "repaired since" in said.now


def test_no_other_pair() -> None:
    told = impedance.told(advice(Finding.CONTACT_OPEN), None, thresholds_known=True)
    assert told.now == "Leave L1 out, and measure once more to be sure. No other pair of the left lead can be used now."


def test_outside_the_band_as_usual_or_for_the_first_time() -> None:
    usual = impedance.told(advice(Finding.CONTACT_HIGH, past=baseline()), None, thresholds_known=True)
    new = impedance.told(advice(Finding.CONTACT_LOW), None, thresholds_known=True)
    assert usual.likely == "As usual for this patient."
    assert "Nothing sound is known from before: some fluid at the connector" in new.likely


def test_one_or_more_contacts() -> None:
    one = impedance.told(advice(Finding.CONTACT_OPEN), INSTEAD, thresholds_known=True)
    two = impedance.told(advice(Finding.CONTACT_OPEN, contacts=(L1, L2)), INSTEAD, thresholds_known=True)
    assert "conductor of L1 is broken" in one.likely
    assert "conductors of L1 and L2 are broken" in two.likely
    assert two.title == "L1 and L2: OPEN: no current passes."


@pytest.mark.parametrize(
    ("past", "expected"),
    [
        (None, "L1 to case over range. There is nothing sound and earlier to compare with."),
        (baseline(), "L1 to case over range (was 481). Before: the median of 3 earlier visits, the last 40 days ago."),
        (baseline(visits=1, newest=1), "L1 to case over range (was 481). Before: 1 earlier visit, 1 day ago."),
        (baseline(visits=1, newest=0), "L1 to case over range (was 481). Before: earlier today."),
    ],
)
def test_what_was_found_and_what_it_used_to_be(past: Baseline | None, expected: str) -> None:
    assert trend.found(advice(Finding.CONTACT_OPEN, past=past)) == expected


def test_many_readings_are_cut_short() -> None:
    readings = tuple(ImpedanceReading(first, CASE, 220) for first in Contact if first is not CASE)
    found = trend.found(Advice(Finding.EQUALISED, Side.LEFT, (), readings))
    assert found.count("220 ohm") == 6 and "and 2 more like these" in found


def test_a_threshold_now_and_before() -> None:
    assert trend.found(advice(Finding.THRESHOLD_JUMPED)) == (
        "With -L1+L2, today, a contraction came at 4.8 mA. Before: at 2.4 mA (the median of 2 earlier visits)."
    )
    lost = PastTitration(Side.LEFT, TITRATION.electrodes, (), None, D("6.0"), False, 800)
    gone = Advice(Finding.THRESHOLD_JUMPED, Side.LEFT, (), threshold=ThresholdTrend(lost, D("2.4"), 1, True))
    assert "2 years ago, no contraction was confirmed up to 6.0 mA. Before: at 2.4 mA (1 earlier visit)." in trend.found(gone)
    hurt = PastTitration(Side.LEFT, TITRATION.electrodes, (), None, D("2.0"), True, 100)
    sore = Advice(Finding.THRESHOLD_JUMPED, Side.LEFT, (), threshold=ThresholdTrend(hurt, D("2.4"), 1, True))
    assert "3 months ago, no contraction was confirmed up to 2.0 mA, before discomfort." in trend.found(sore)


def test_a_young_baseline_says_so() -> None:
    assert "first six months" in impedance.told(advice(Finding.ROSE, past=baseline(settled=False)), None, thresholds_known=True).likely
    assert "six months" not in impedance.told(advice(Finding.ROSE, past=baseline()), None, thresholds_known=True).likely


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ([], None),
        ([baseline()], "the median of 3 earlier visits of this device, 13 months ago to 40 days ago. Drifted: changed by more than 30 %;"),
        ([baseline(visits=1, oldest=40)], "1 earlier visit of this device, 40 days ago."),
        ([baseline(settled=False)], "50 % (wide"),
        ([baseline(), baseline(settled=False)], "30 %, or 50 % where"),
        ([baseline(newest=0, oldest=0)], "measured earlier today"),
    ],
)
def test_what_the_baseline_is(known: list[Baseline], expected: str | None) -> None:
    trends = [Trend(ImpedanceReading(L1, CASE, 481), each, 0, False) for each in known]
    said = trend.baseline_note(trends)
    if expected is None:
        assert said is None
    else:
        assert said is not None and expected in said and said.endswith("unverified.")


@pytest.mark.parametrize(
    ("reading", "expected"),
    [
        (ImpedanceReading(L1, CASE, 481), "481"),
        (ImpedanceReading(L1, CASE, None, over_range=True), "over range"),
        (ImpedanceReading(L1, CASE, None, under_range=True), "under range"),
        (ImpedanceReading(L1, CASE, None), "none"),
    ],
)
def test_a_reading_without_its_unit(reading: ImpedanceReading, expected: str) -> None:
    assert trend.value(reading) == expected


@pytest.mark.parametrize(("percent", "expected"), [(None, "-"), (0, "0 %"), (12, "+12 %"), (-7, "-7 %")])
def test_a_change(percent: int | None, expected: str) -> None:
    assert trend.change(Trend(ImpedanceReading(L1, CASE, 481), baseline(), percent, False)) == expected


def test_records_that_did_not_serve() -> None:
    assert impedance.left_out(1).startswith("1 record was left out") and impedance.left_out(2).startswith("2 records were")
    assert impedance.passed_over(1).startswith("1 earlier measurement was") and impedance.passed_over(3).startswith(
        "3 earlier measurements were"
    )


def test_the_announcement_says_that_it_is_stimulation() -> None:
    assert "0.2 mA for 100 us, 20 pairs" in impedance.announcement("0.2", "100", 20)
